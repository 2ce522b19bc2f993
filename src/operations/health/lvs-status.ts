import { type LvsListenerStatus, lvsPoolStatus } from '../../domain/health/amphora-status.ts';
import {
  type IpvsState,
  lvsMemberConnections,
  lvsStatistics,
} from '../../domain/keepalived/lvs-statistics.ts';
import { type ConfiguredLvsListener, readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { readIpvsState } from '../keepalived/ipvs-state.ts';
import { lvsListenerIds, lvsListenerStatus } from '../keepalived/lvs-listeners.ts';
import type { TrafficOf } from './traffic.ts';

type StatusContext = Pick<OperationContext, 'paths' | 'host'>;

/** The longest time until ipvsadm answers. */
const ANSWER_MS = 2_000;

/** Returns the UDP and SCTP listeners with what IPVS has of their members. */
export async function lvsStatus(context: StatusContext, traffic: TrafficOf): Promise<LvsListenerStatus[]> {
  const { host, paths } = context;
  const ids = await lvsListenerIds(context);
  const found = (await Promise.all(ids.map((id) => readLvsListener(paths, host, id)))).filter(
    (one) => one !== undefined,
  );
  const kernel = found.length === 0 ? undefined : await readIpvsState(context, found, ANSWER_MS);
  return Promise.all(
    found.map(async (listener) => ({
      ...shown(listener, kernel),
      status: await lvsListenerStatus(context, listener.id),
      traffic: traffic(listener.id),
    })),
  );
}

function shown(
  { id, text, keepalived }: ConfiguredLvsListener,
  kernel: IpvsState | undefined,
): Omit<LvsListenerStatus, 'status' | 'traffic'> {
  const known = { id, vips: text.vips };
  if (kernel === undefined || text.isDisabled) return { ...known, connections: null, pool: null };
  const { listener, pool } = lvsStatistics(id, text, kernel, keepalived?.isRestarting === true);
  return {
    ...{ ...known, connections: listener.connections },
    pool:
      pool === undefined
        ? null
        : lvsPoolStatus(
            pool,
            text.pool?.members ?? [],
            (member) => lvsMemberConnections(text, kernel, member) ?? null,
          ),
  };
}
