import { READS_HTTP } from '../../schemas/models/checks/cross-checks.ts';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';

export type ProxyMode = 'http' | 'tcp';

/** Returns whether a listener parses requests or passes bytes through. */
export const listenerMode = ({ protocol }: ListenerModel): ProxyMode =>
  READS_HTTP.includes(protocol) || protocol === 'PROMETHEUS' ? 'http' : 'tcp';

/** Returns the mode of a pool. A PROXY pool has the mode of its listener. */
export function modeOf(listener: ListenerModel, { protocol }: PoolModel): ProxyMode {
  if (protocol === 'PROXY' || protocol === 'PROXYV2') return listenerMode(listener);
  return protocol === 'HTTP' ? 'http' : 'tcp';
}
