import type { HaproxyId } from '../../domain/ids.ts';
import { dividedAnswers, LONGEST_COMMAND, toWorker } from '../../domain/run-time/worker-commands.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from '../haproxy/processes.ts';

/**
 * Sends questions to a worker, many on one connection.
 * @param questions commands of one line each, whose answers contain no empty line
 * @returns answers by question; undefined after an unexpected answer
 * @throws SocketSilent
 */
export async function askWorker(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  id: HaproxyId,
  questions: readonly string[],
): Promise<Map<string, string> | undefined> {
  const { masterSocket } = paths.loadBalancer(id);
  const found = new Map<string, string>();
  for (const batch of batchesOf(questions)) {
    const answer = await host.haproxy.ask(masterSocket, toWorker(batch), ANSWER_MS);
    const answers = dividedAnswers(answer, batch.length);
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
