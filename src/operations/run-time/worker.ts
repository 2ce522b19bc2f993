import { workerPid } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { toWorker } from '../../domain/run-time/worker-commands.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from '../haproxy/processes.ts';
import { forgetWorker, readRunTimeRecord } from './record.ts';
import { askWorker } from './worker-answers.ts';

/** A running worker and its servers. */
export interface WorkerState {
  readonly pid: number;
  /** haproxy's version, for example `2.6.12-1+deb12u4` */
  readonly version: string;
  /** answer to `show servers state` */
  readonly dump: string;
}

const INFO = 'show info';
const SERVERS = 'show servers state';

type AskContext = Pick<OperationContext, 'paths' | 'host'>;

/** @returns undefined when no worker answers over the master's socket, or when its answer is incomplete */
export async function askWorkerState(
  { paths, host }: AskContext,
  id: HaproxyId,
): Promise<WorkerState | undefined> {
  const { masterSocket } = paths.loadBalancer(id);
  try {
    const answer = await host.haproxy.ask(masterSocket, toWorker([INFO, SERVERS]), ANSWER_MS);
    return readWorkerState(answer);
  } catch (error) {
    if (error instanceof SocketSilent) return undefined;
    throw error;
  }
}

/** A worker and its servers, and the answers to further questions. */
export interface WorkerWithAnswers {
  readonly worker: WorkerState;
  readonly answers: ReadonlyMap<string, string>;
}

/**
 * As askWorkerState(), with further questions on the same connection.
 * @param questions as askWorker() takes them
 * @returns undefined when no worker answers, or when an answer is incomplete or has an unexpected form
 */
export async function askWorkerWith(
  context: AskContext,
  id: HaproxyId,
  questions: readonly string[],
): Promise<WorkerWithAnswers | undefined> {
  try {
    const answers = await askWorker(context, id, [INFO, SERVERS, ...questions]);
    const worker = answers && readWorkerState(`${answers.get(INFO)}\n\n${answers.get(SERVERS)}\n\n`);
    return worker && { worker, answers };
  } catch (error) {
    if (error instanceof SocketSilent) return undefined;
    throw error;
  }
}

/** Empties the record of a worker that has ended, so that reports show every member of the next one. */
export async function forgetFormerWorker(context: AskContext, id: HaproxyId): Promise<void> {
  const record = await readRunTimeRecord(context, id);
  if (record === undefined) return;
  const worker = await askWorkerState(context, id);
  if (worker?.pid !== record.worker) await forgetWorker(context, id);
}

function readWorkerState(answer: string): WorkerState | undefined {
  const start = answer.indexOf('\n1\n# ') + 1;
  const info = answer.slice(0, start);
  const pid = workerPid(info);
  const [, version] = /^Version: (\S+)$/m.exec(info) ?? [];
  if (pid === undefined || version === undefined) return undefined;
  return { pid, version, dump: answer.slice(start) };
}
