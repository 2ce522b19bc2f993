import { READS_HTTP } from '../../schemas/models/checks/cross-checks.ts';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';

export type ProxyMode = 'http' | 'tcp';

/** Whether a listener reads requests or passes bytes through. */
export const listenerMode = ({ protocol }: ListenerModel): ProxyMode =>
  READS_HTTP.includes(protocol) || protocol === 'PROMETHEUS' ? 'http' : 'tcp';

/** A PROXY pool is read as its listener is. */
export function modeOf(listener: ListenerModel, { protocol }: PoolModel): ProxyMode {
  if (protocol === 'PROXY' || protocol === 'PROXYV2') return listenerMode(listener);
  return protocol === 'HTTP' ? 'http' : 'tcp';
}
