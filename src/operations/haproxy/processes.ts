import {
  type LoadState,
  loadState,
  type MasterProcesses,
  parseMasterProcesses,
} from '../../domain/haproxy/master-processes.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

/** milliseconds that a haproxy, or its master, may take to answer */
export const ANSWER_MS = 5_000;
/** The same where it is asked again: a worker that is stuck may be the one before. */
const SERVES_MS = 1_000;

type AskContext = Pick<OperationContext, 'paths' | 'host'>;

/**
 * @param onSilence hears of an answer that did not come @param limitMs how long is waited for it
 * @returns undefined where the master doesn't answer, or has no socket (started by another agent)
 */
export async function askMaster(
  { paths, host }: AskContext,
  id: HaproxyId,
  onSilence: (error: SocketSilent) => void = () => undefined,
  limitMs: number = ANSWER_MS,
): Promise<MasterProcesses | undefined> {
  try {
    const { masterSocket } = paths.loadBalancer(id);
    return parseMasterProcesses(await host.haproxy.ask(masterSocket, 'show proc', limitMs));
  } catch (error) {
    if (!(error instanceof SocketSilent)) throw error;
    onSilence(error);
    return undefined;
  }
}

/** One haproxy, and the stats socket that its configuration names. */
export interface AskedWorker {
  readonly id: HaproxyId;
  readonly statsSocket: string;
}

/**
 * Whether a worker that the master lists serves: it answers the stats socket, or without such a socket the master's `@1`
 * (haproxy management guide, section 9.4). haproxy 3.1 and later list a worker that still loads, and lose what is asked of it
 * by its process id.
 */
export async function workerServes(
  context: AskContext,
  { id, statsSocket }: AskedWorker,
  workerPid: number,
): Promise<boolean> {
  let isAbsent = false;
  const atStats = await askPid(context.host, statsSocket, 'show info', SERVES_MS, (error) => {
    isAbsent = error.isAbsent;
  });
  if (!isAbsent) return atStats === workerPid;
  const { masterSocket } = context.paths.loadBalancer(id);
  return (await askPid(context.host, masterSocket, '@1 show info', ANSWER_MS)) === workerPid;
}

/** @returns undefined where the master doesn't answer, or has no socket */
export async function askLoadState(context: AskContext, worker: AskedWorker): Promise<LoadState | undefined> {
  const master = await askMaster(context, worker.id);
  if (master === undefined) return undefined;
  const { currentWorkerPid } = master;
  const serves = currentWorkerPid !== undefined && (await workerServes(context, worker, currentWorkerPid));
  return loadState(master, serves);
}

/** The process that answers the stats socket (`show info`; management guide, section 9.3). */
export const askWorkerPid = (
  { host }: Pick<OperationContext, 'host'>,
  statsSocket: string,
): Promise<number | undefined> => askPid(host, statsSocket, 'show info', ANSWER_MS);

async function askPid(
  { haproxy }: OperationContext['host'],
  socket: string,
  command: string,
  limitMs: number,
  onSilence: (error: SocketSilent) => void = () => undefined,
): Promise<number | undefined> {
  try {
    const pid = /^Pid: (\d+)$/m.exec(await haproxy.ask(socket, command, limitMs))?.[1];
    return pid === undefined ? undefined : Number(pid);
  } catch (error) {
    if (!(error instanceof SocketSilent)) throw error;
    onSilence(error);
    return undefined;
  }
}
