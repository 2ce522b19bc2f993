import type { HaproxyId } from '../../domain/ids.ts';
import { dividedAnswers, LONGEST_COMMAND, toWorker } from '../../domain/run-time/worker-commands.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from '../haproxy/processes.ts';

/** The answers of a worker to commands on one connection. */
export interface WorkerAnswers {
  /** one for each command; undefined after an answer that can't be divided */
  readonly answers: readonly string[] | undefined;
  /** all answers, as they came */
  readonly text: string;
}

/**
 * Sends commands to a worker on one connection.
 * @param commands of one line each, whose answers contain no empty line
 * @throws SocketSilent
 */
export async function sendToWorker(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  id: HaproxyId,
  commands: readonly string[],
): Promise<WorkerAnswers> {
  const text = await host.haproxy.ask(paths.loadBalancer(id).masterSocket, toWorker(commands), ANSWER_MS);
  return { answers: dividedAnswers(text, commands.length), text };
}

/**
 * Sends questions to a worker, many on one connection.
 * @param questions commands of one line each, whose answers contain no empty line
 * @returns answers by question; undefined after an unexpected answer
 * @throws SocketSilent
 */
export async function askWorker(
  context: Pick<OperationContext, 'paths' | 'host'>,
  id: HaproxyId,
  questions: readonly string[],
): Promise<Map<string, string> | undefined> {
  const found = new Map<string, string>();
  for (const batch of batchesOf(questions)) {
    const { answers } = await sendToWorker(context, id, batch);
    if (answers === undefined) return undefined;
    for (const [at, question] of batch.entries()) found.set(question, answers[at] ?? '');
  }
  return found;
}

function batchesOf(questions: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = LONGEST_COMMAND;
  for (const question of questions) {
    if (bytes + question.length > LONGEST_COMMAND) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(question);
    bytes += question.length;
  }
  return batches;
}
