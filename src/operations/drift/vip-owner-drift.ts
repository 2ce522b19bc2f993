import { virtualAddresses } from '../../domain/keepalived/virtual-addresses.ts';
import { hostLength } from '../../domain/network/addresses.ts';
import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import { VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { AgentError } from '../../errors.ts';
import type { OtherOwner } from '../../host/network/address-probe.ts';
import { NETWORKS, type OperationContext } from '../context.ts';
import { interfaceFormat } from '../interfaces/interface-formats.ts';
import type { DriftKind, FoundDifference } from './drift-kind.ts';
import { networkDifference } from './network-difference.ts';

const MS_PER_SECOND = 1000;
/** A look under the lock follows a look without it at once, and needs no probe of its own. */
const FRESH_MS = 5_000;
const KIND = 'vip-owner';

/**
 * Another machine that has a VIP which this amphora holds. The agent asks the network once each `drift_interval`; an answer is
 * asked for once more by the next look.
 */
export function createVipOwnerDrift(): DriftKind {
  let last:
    | { readonly ms: number; readonly owners: readonly OtherOwner[]; readonly repeats: number }
    | undefined;
  return {
    kinds: [KIND],
    async observe(context, lock) {
      if (lock !== undefined && lock !== NETWORKS) return [];
      const now = context.drift.now();
      const age = last === undefined ? Number.POSITIVE_INFINITY : now - last.ms;
      const isDue = age >= context.config().driftInterval * MS_PER_SECOND - FRESH_MS;
      const isDoubted = last !== undefined && last.owners.length > 0 && last.repeats === 0 && age >= FRESH_MS;
      if (isDue || isDoubted) last = { ms: now, owners: await probe(context), repeats: isDue ? 0 : 1 };
      return (last?.owners ?? []).map(ownerDifference);
    },
  };
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
