import { type MasterProcesses, parseMasterProcesses } from '../domain/master-processes.ts';
import { SocketSilent } from '../errors.ts';
import type { OperationContext } from './context.ts';

/** milliseconds that a haproxy, or its master, may take to answer */
export const ANSWER_MS = 5_000;

type AskContext = Pick<OperationContext, 'paths' | 'host'>;

/**
 * @param onSilence hears of an answer that did not come @param limitMs how long is waited for it
 * @returns undefined where the master doesn't answer, or has no socket (started by another agent)
 */
export async function askMaster(
  { paths, host }: AskContext,
  id: string,
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

/** The process that answers the stats socket (`show info`; management guide, section 9.3). */
export async function askWorkerPid(
  { host }: Pick<OperationContext, 'host'>,
  statsSocket: string,
): Promise<number | undefined> {
  try {
    const pid = /^Pid: (\d+)$/m.exec(await host.haproxy.ask(statsSocket, 'show info', ANSWER_MS))?.[1];
    return pid === undefined ? undefined : Number(pid);
  } catch (error) {
    if (error instanceof SocketSilent) return undefined;
    throw error;
  }
}
