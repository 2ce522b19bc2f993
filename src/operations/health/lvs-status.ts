import { type LvsListenerStatus, lvsPoolStatus } from '../../domain/health/amphora-status.ts';
import type { ListenerId } from '../../domain/ids.ts';
import {
  type IpvsState,
  lvsMemberConnections,
  lvsStatistics,
  NO_IPVS,
} from '../../domain/keepalived/lvs-statistics.ts';
import { CommandFailed } from '../../errors.ts';
import { type ConfiguredLvsListener, readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { lvsListenerIds, lvsListenerStatus } from '../keepalived/lvs-listeners.ts';
import type { TrafficOf } from './traffic.ts';

type StatusContext = Pick<OperationContext, 'paths' | 'host'>;

/** The longest time until ipvsadm answers. */
const ANSWER_MS = 2_000;

/** Returns the UDP and SCTP listeners with what IPVS has of their members. */
export async function lvsStatus(context: StatusContext, traffic: TrafficOf): Promise<LvsListenerStatus[]> {
  const { host, paths } = context;
  const ids = await lvsListenerIds(context);
  const found = await Promise.all(ids.map((id) => readLvsListener(paths, host, id)));
  const pid = found.find((one) => one?.keepalived !== undefined)?.keepalived?.pid;
  const kernel = ids.length === 0 ? undefined : await kernelState(context, pid);
  return Promise.all(
    found.map(async (listener, index) => {
      const id: ListenerId | undefined = listener?.id ?? ids[index];
      if (id === undefined || listener === undefined) return [];
      return [
        { ...shown(listener, kernel), status: await lvsListenerStatus(context, id), traffic: traffic(id) },
      ];
    }),
  ).then((rows) => rows.flat());
}

/** @returns undefined when IPVS can't be read */
async function kernelState({ host }: StatusContext, pid: number | undefined): Promise<IpvsState | undefined> {
  try {
    const state = await host.ipvs.read(pid, ANSWER_MS);
    return state === 'missing' ? NO_IPVS : state;
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
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
