import type { OtherOwner } from '../../../domain/drift/owner-probe.ts';
import { virtualAddresses } from '../../../domain/keepalived/virtual-addresses.ts';
import { hostLength } from '../../../domain/network/addresses.ts';
import type { InterfaceFile } from '../../../domain/network/interface-file.ts';
import { VIP_INTERFACE } from '../../../domain/network/interface-plan.ts';
import { AMPHORA_NAMESPACE } from '../../../domain/paths.ts';
import { AgentError } from '../../../errors.ts';
import { NETWORKS, type OperationContext } from '../../context.ts';
import { interfaceFormat } from '../../interfaces/interface-formats.ts';
import type { DriftKind, FoundDifference } from '../drift-kind.ts';
import type { LastProbe } from '../last-looks.ts';
import { networkDifference } from './network-difference.ts';

const MS_PER_SECOND = 1000;
/** A look under the lock follows a look without it at once, and needs no probe of its own. */
const FRESH_MS = 5_000;
const KIND = 'vip-owner';

/** A probe costs more than the rest of a look, so not every look sends one. */
const INTERVALS_PER_PROBE = 3;

/**
 * Another machine that has a VIP which this amphora holds. The agent probes the network at the first look, after a change of
 * `drift_interval` and in each third interval. When another machine answers, the next look probes once more, and then each interval
 * does until nobody answers.
 */
export const VIP_OWNER_DRIFT: DriftKind = {
  kinds: [KIND],
  async observe(context, lock) {
    if (lock !== undefined && lock !== NETWORKS) return [];
    const { lastLooks } = context.drift;
    const [ms, interval] = [context.drift.now(), context.config().driftInterval];
    const which = probeNow(lastLooks.probe, ms, interval);
    if (which !== 'none')
      lastLooks.probe = { ms, interval, owners: await probe(context), isRepeated: which === 'repeated' };
    return (lastLooks.probe?.owners ?? []).map(ownerDifference);
  },
};

function probeNow(last: LastProbe | undefined, now: number, interval: number): 'first' | 'repeated' | 'none' {
  if (last === undefined || last.interval !== interval) return 'first';
  const age = now - last.ms;
  const intervals = last.owners.length > 0 ? 1 : INTERVALS_PER_PROBE;
  if (age >= intervals * interval * MS_PER_SECOND - FRESH_MS) return 'first';
  return last.owners.length > 0 && !last.isRepeated && age >= FRESH_MS ? 'repeated' : 'none';
}

async function probe(context: OperationContext): Promise<OtherOwner[]> {
  const { files, addressProbe } = context.host;
  if (!(await files.exists(`/run/netns/${AMPHORA_NAMESPACE}`))) return [];
  const vips = await vipsOf(context);
  return vips.length === 0 ? [] : addressProbe.otherOwners(VIP_INTERFACE, vips);
}

/** Returns the VIPs that keepalived or the interface has: in a file, a VIP has the prefix length of one host. */
async function vipsOf(context: OperationContext): Promise<string[]> {
  const vrrp = (await context.host.files.readText(context.paths.vrrp.config)) ?? '';
  const file = await vipFile(context);
  const listed = (file?.addresses ?? []).flatMap((one) =>
    one.kind === 'static' && one.prefixLength === hostLength(one.address) ? [one.address] : [],
  );
  return [...new Set([...listed, ...virtualAddresses(vrrp)])];
}

/** A broken file is reported by the kinds of the network. */
async function vipFile(context: OperationContext): Promise<InterfaceFile | undefined> {
  try {
    return await interfaceFormat(context).read(context, VIP_INTERFACE);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return undefined;
  }
}

const ownerDifference = ({ address, macAddress }: OtherOwner): FoundDifference =>
  networkDifference(
    {
      ...{ kind: KIND, object: address, weight: 'fault' },
      wanted: `only ${VIP_INTERFACE} of this amphora has the VIP`,
      seen: `${macAddress} has it too`,
    },
    undefined,
  );
