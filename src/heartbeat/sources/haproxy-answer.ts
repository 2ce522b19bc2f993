import { setTimeout as delay } from 'node:timers/promises';
import {
  isFromLeavingWorker,
  UnusableStatistics,
  type WorkerReader,
  type WorkerStatistics,
} from '../../domain/haproxy/statistics.ts';
import type { RunTimeRecord } from '../../domain/run-time/run-time-record.ts';
import { reasonOf, SocketSilent } from '../../errors.ts';
import { askWithAbsent } from '../../host/haproxy/run-time-records.ts';

/** One haproxy whose statistics are read. */
export interface AskedHaproxy {
  /** Returns its answer to WORKER_STATISTICS_COMMAND, over a connection that is kept. */
  askKept(limitMs: number): Promise<string>;
  /** As askKept(), over a new connection, which reaches the worker that listens now. */
  ask(limitMs: number): Promise<string>;
  /** Returns what was changed in its worker without a reload. */
  record(): RunTimeRecord | undefined | Promise<RunTimeRecord | undefined>;
  /** Returns whether its pid file names a running haproxy. */
  isRunning(): Promise<boolean>;
  /** Closes the connection that is kept: it may lead to a worker that another one has replaced. */
  leave(): void;
  /** one for all answers */
  readonly read: WorkerReader;
}

/** The state of a haproxy. */
export type HaproxyState =
  | { readonly kind: 'answered'; readonly statistics: WorkerStatistics }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'stuck'; readonly reason: string };

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 320;
/** After this time STOP means that a user shut listeners down. A worker that exits reports STOP for milliseconds only. */
const LEAVING_MS = 1000;

/**
 * Reads the statistics of one haproxy. Tries again until the answer is complete or the deadline is over: first over the connection
 * that is kept, then over new ones. If the last answer came at once, the first question has time until the next beat is due: so a
 * haproxy that begins to hang makes one message late by an interval.
 *
 * The controller ignores a message with another number of listeners than it expects, and fails the amphora over after a
 * minute without a valid message. The message therefore has these listeners, by the state of a haproxy:
 *
 * | haproxy | sign | its listeners in the message |
 * |---|---|---|
 * | runs | an answer | all listeners in the answer, with their status |
 * | reloads, the old worker still answers | an answer | those of the old configuration, which still serve |
 * | reloads, the workers change over | connection refused or closed, STOP, empty pid file | those of the new configuration, after further attempts within the deadline |
 * | refused a reload | an answer | those of the old configuration, which still serve |
 * | starts, and has no socket yet | process runs, connection refused | none, if all attempts within the deadline fail |
 * | is stuck (no answer, half an answer, no CSV) | process runs, deadline passes | none: the agent never guesses OPEN |
 * | was stopped, or never started | no process | none; version 1: each configured listener as DOWN |
 * | has crashed | no process | as stopped, until it runs again |
 * | crashes before it has answered | process gone after a failed attempt | as stopped |
 *
 * A message is sent in each of these cases.
 * @param record result of haproxy.record() just before
 */
export async function askHaproxy(
  haproxy: AskedHaproxy,
  deadlineMs: number,
  record: RunTimeRecord | undefined,
): Promise<HaproxyState> {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  let best: HaproxyState | undefined;
  let ask = haproxy.askKept;
  let before = (): ReturnType<AskedHaproxy['record']> => record;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const tried = await tryOnce(haproxy, { before, ask }, Math.max(1, deadlineMs - elapsed()));
    const isDone = isSettled(tried, elapsed());
    if (!isDone || hasNoListener(tried)) haproxy.leave();
    if (isDone) return tried;
    [ask, before] = [haproxy.ask, haproxy.record];
    if (!(await haproxy.isRunning())) return { kind: 'stopped' };
    best = best?.kind === 'answered' && tried.kind === 'stuck' ? best : tried;
    if (elapsed() + pauseMs >= deadlineMs) {
      // waits until the deadline also if haproxy refuses at once, so that the intervals between messages stay even
      await delay(Math.max(0, deadlineMs - elapsed()));
      return best;
    }
    await delay(pauseMs);
  }
}

const isSettled = (state: HaproxyState, elapsedMs: number): boolean =>
  state.kind === 'answered' && (elapsedMs > LEAVING_MS || !isLeaving(state));

const isLeaving = (state: HaproxyState): boolean =>
  state.kind === 'answered' && isFromLeavingWorker(state.statistics);

/** Such a worker shows no STOP when it stops, so that only a new connection shows whether another one has replaced it. */
const hasNoListener = (state: HaproxyState): boolean =>
  state.kind === 'answered' && state.statistics.listeners.length === 0;

async function tryOnce(
  haproxy: AskedHaproxy,
  attempt: { readonly before: AskedHaproxy['record']; readonly ask: AskedHaproxy['ask'] },
  limitMs: number,
): Promise<HaproxyState> {
  const end = performance.now() + limitMs;
  const ask = (): Promise<string> => attempt.ask(Math.max(1, end - performance.now()));
  try {
    const { answer, absentOf } = await askWithAbsent(haproxy.record, ask, attempt.before);
    return { kind: 'answered', statistics: haproxy.read(answer, absentOf) };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) {
      return { kind: 'stuck', reason: reasonOf(error) };
    }
    throw error;
  }
}
