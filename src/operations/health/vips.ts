import { type VipStatus, type VrrpStatus, vipStatus, vrrpStatus } from '../../domain/health/vip-status.ts';
import { readVrrpStates } from '../../domain/keepalived/vrrp-dump.ts';
import { readVrrpInstances } from '../../domain/keepalived/vrrp-instances.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { keepalivedDump } from '../diagnostics/keepalived-dump.ts';
import type { VrrpStates } from '../under-way.ts';

type VipContext = Pick<OperationContext, 'paths' | 'host' | 'underWay'>;

/** How long a state of keepalived is shown. keepalived gets a signal and writes a file for each dump. */
const FRESH_MS = 5_000;

/** Returns the instances of VRRP, and who has the VIPs. @param bound addresses to which listeners bind */
export async function vipsOf(
  context: VipContext,
  bound: readonly string[],
): Promise<{ readonly vrrp: VrrpStatus[]; readonly vips: VipStatus[] }> {
  const { host, paths } = context;
  const config = await host.files.read(paths.vrrp.config);
  const instances = config === undefined ? [] : readVrrpInstances(config.toString('latin1'));
  const addresses = [...new Set([...instances.flatMap(({ vips }) => vips), ...bound])];
  const [states, interfaces] = await Promise.all([
    instances.length === 0 ? [] : freshStates(context),
    host.network.interfacesOf(addresses),
  ]);
  return {
    vrrp: vrrpStatus({ instances, states }),
    vips: vipStatus({ instances, states, bound, interfaces }),
  };
}

function freshStates(context: VipContext): Promise<VrrpStates> {
  const { underWay } = context;
  if (underWay.vrrp !== undefined && performance.now() < underWay.vrrp.until) return underWay.vrrp.states;
  const states = keepalivedDump(context, underWay)
    .then(readVrrpStates)
    .catch((error: unknown) => reasonOf(error));
  underWay.vrrp = { until: performance.now() + FRESH_MS, states };
  return states;
}
