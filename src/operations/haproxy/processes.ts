import {
  type LoadState,
  loadState,
  type MasterProcesses,
  parseMasterProcesses,
} from '../../domain/haproxy/master-processes.ts';
import { workerPid } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

/** The longest time until haproxy or its master answers: milliseconds. */
export const ANSWER_MS = 5_000;
/** The same limit for a query that is repeated: an old worker that hangs may hold the socket. */
const SERVES_MS = 1_000;

type AskContext = Pick<OperationContext, 'paths' | 'host'>;

/**
 * Requests the list of processes from the master of a haproxy.
 * @param onSilence called when no answer comes
 * @param limitMs the longest time until the answer
 * @returns undefined when the master doesn't answer, or has no socket because another agent started it
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

/** One haproxy, and the stats socket in its configuration. */
export interface AskedWorker {
  readonly id: HaproxyId;
  readonly statsSocket: string;
}

/**
 * Returns whether a worker in the master's list serves. Such a worker answers on the stats socket. Without that socket it
 * answers the master's command `@1` (haproxy management guide, section 9.4). haproxy 3.1 and later also list a worker that
 * still loads, and lose commands to it by process id.
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

/** @returns undefined when the master doesn't answer, or has no socket */
export async function askLoadState(context: AskContext, worker: AskedWorker): Promise<LoadState | undefined> {
  const master = await askMaster(context, worker.id);
  if (master === undefined) return undefined;
  const { currentWorkerPid } = master;
  const serves = currentWorkerPid !== undefined && (await workerServes(context, worker, currentWorkerPid));
  return loadState(master, serves);
}

/** Returns the pid of the process behind the stats socket (`show info`; management guide, section 9.3). */
export const askWorkerPid = (
  { host }: Pick<OperationContext, 'host'>,
  statsSocket: string,
): Promise<number | undefined> => askPid(host, statsSocket, 'show info', ANSWER_MS);

/** @param limitMs the longest time until the answer */
export const workerAnswers = async (
  { host }: Pick<OperationContext, 'host'>,
  statsSocket: string,
  limitMs: number,
): Promise<boolean> => (await askPid(host, statsSocket, 'show info', limitMs)) !== undefined;

async function askPid(
  { haproxy }: OperationContext['host'],
  socket: string,
  command: string,
  limitMs: number,
  onSilence: (error: SocketSilent) => void = () => undefined,
): Promise<number | undefined> {
  try {
    return workerPid(await haproxy.ask(socket, command, limitMs));
  } catch (error) {
    if (!(error instanceof SocketSilent)) throw error;
    onSilence(error);
    return undefined;
  }
}
