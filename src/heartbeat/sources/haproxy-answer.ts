import { setTimeout as delay } from 'node:timers/promises';
import {
  isFromLeavingWorker,
  readWorkerStatistics,
  UnusableStatistics,
  WORKER_STATISTICS_COMMAND,
  type WorkerStatistics,
} from '../../domain/haproxy/statistics.ts';
import { reasonOf, SocketSilent } from '../../errors.ts';

/** One haproxy, as far as this question goes. */
export interface AskedHaproxy {
  ask(command: string, limitMs: number): Promise<string>;
  /** whether its pid file names a living haproxy */
  isRunning(): Promise<boolean>;
}

/** What a haproxy turned out to be. */
export type HaproxyState =
  | { readonly kind: 'answered'; readonly statistics: WorkerStatistics }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'stuck'; readonly reason: string };

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 320;
/** A worker leaves within milliseconds; one that says STOP for longer has listeners that somebody shut down. */
const LEAVING_MS = 1000;

/**
 * Asks one haproxy for its statistics, until it gives a whole answer or the deadline is over.
 *
 * The controller takes a message whose number of listeners isn't the one it expects for no message at all, and fails
 * the amphora over after a minute of those (field lessons, finding 2). So the count is, for each state of a haproxy:
 *
 * | haproxy | is seen as | its listeners in the message |
 * |---|---|---|
 * | runs | an answer | all it names, with the status it says |
 * | reloads, old worker still there | an answer | those of the old configuration: they serve |
 * | reloads, workers change places | connection refused or closed, STOP, empty pid file | asked again within the deadline: those of the new one |
 * | a reload was refused | an answer | those of the old configuration: they serve on |
 * | starts, socket not there yet | process lives, connection refused | asked again within the deadline, then none |
 * | is stuck (no answer, half an answer, no CSV) | process lives, deadline passes | none: OPEN is never invented |
 * | was stopped, or never started | no living process | none; version 1: each configured one DOWN |
 * | has crashed | no living process | as stopped, until it runs again |
 * | crashes during the question | process gone after a failed try | as stopped |
 *
 * The message goes out in every row.
 */
export async function askHaproxy(
  haproxy: AskedHaproxy,
  id: string,
  deadlineMs: number,
): Promise<HaproxyState> {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  let best: HaproxyState | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const tried = await tryOnce(haproxy, id, Math.max(1, deadlineMs - elapsed()));
    if (isSettled(tried, elapsed())) return tried;
    if (!(await haproxy.isRunning())) return { kind: 'stopped' };
    best = best?.kind === 'answered' && tried.kind === 'stuck' ? best : tried;
    if (elapsed() + pauseMs >= deadlineMs) {
      // an even beat: one that refuses at once is found to be stuck no sooner than one that keeps silent
      await delay(Math.max(0, deadlineMs - elapsed()));
      return best;
    }
    await delay(pauseMs);
  }
}

const isSettled = (state: HaproxyState, elapsedMs: number): boolean =>
  state.kind === 'answered' && (elapsedMs > LEAVING_MS || !isFromLeavingWorker(state.statistics));

async function tryOnce(haproxy: AskedHaproxy, id: string, limitMs: number): Promise<HaproxyState> {
  try {
    const answer = await haproxy.ask(WORKER_STATISTICS_COMMAND, limitMs);
    return { kind: 'answered', statistics: readWorkerStatistics(answer, id) };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) {
      return { kind: 'stuck', reason: reasonOf(error) };
    }
    throw error;
  }
}
