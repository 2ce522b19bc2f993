import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TrafficHistory } from '../domain/metrics/traffic-history.ts';
import type { RecentHeartbeat } from '../domain/recent-events.ts';
import { type BeatCounts, createBeatClock, createBeatMemory, createBeatTally } from './beat-memory.ts';
import {
  collectDeadline,
  type HeartbeatConfig,
  type HeartbeatSettings,
  heartbeatSettings,
} from './settings.ts';
import { type HeartbeatThread, startThread } from './thread.ts';

/** The counts of the heartbeat since the agent's start. */
export interface HeartbeatCounts extends BeatCounts {
  /** number of restarts of the thread */
  readonly restarts: number;
  /** milliseconds since the last beat without a defect (sent, failed or silent on purpose), or since the start */
  readonly sinceLastBeatMs: number;
}

/** The control of the heartbeat thread by the main thread. */
export interface Heartbeat {
  /** Sets new settings, which take effect with the next beat. */
  update(config: HeartbeatConfig): void;
  /** As HeartbeatState.leaveWorkers(). */
  leaveWorkers(): void;
  /** Returns whether the last beat ended within three intervals plus the collecting deadline, or within 10 s. The first beat has 60 s. */
  alive(): boolean;
  counts(): HeartbeatCounts;
  /** Resolves after the first beat, sent or not, or when the first thread has had its time for it (60 s). */
  begun(): Promise<void>;
  /** Resolves with the last heartbeats of the running thread, the oldest first. Waits as long as the thread hangs. */
  recent(): Promise<readonly RecentHeartbeat[]>;
  /** Resolves with the traffic of the last hour that the running thread observed, as `recent` does. */
  traffic(): Promise<readonly TrafficHistory[]>;
  /** Ends the thread after it has written its counters, but waits 3 s at most. */
  close(): Promise<void>;
}

/** The time that a heartbeat thread has before it counts as hanging. */
interface Patience {
  /** milliseconds that the first thread has until its first beat; default: 60 s */
  readonly firstBeatMs?: number;
  /** the shortest silence in milliseconds after which a thread counts as hanging; default: 10 s */
  readonly leastPatienceMs?: number;
}

export interface HeartbeatOptions extends Patience {
  /** module that calls `runHeartbeatWorker` if its workerData has the role `heartbeat` */
  readonly entry: URL;
  readonly config: HeartbeatConfig;
  readonly logger: Logger;
}

/** At a boot on a slow processor, the first thread needs long until its first beat. A restart would only begin that time again. */
const FIRST_BEAT_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const BEGIN_POLL_MS = 50;
const LONGEST_PAUSE_MS = 5000;
const MISSED_BEATS = 3;
/** The shortest silence after which the thread counts as hanging. On half a core the start of the thread takes seconds. */
const LEAST_PATIENCE_MS = 10_000;

/** Returns the longest silence in milliseconds of a thread that does not hang. @param isBegun false for the first thread until its first beat */
function longestSilenceMs(
  settings: HeartbeatSettings,
  { firstBeatMs = FIRST_BEAT_MS, leastPatienceMs = LEAST_PATIENCE_MS }: Patience,
  isBegun: boolean,
): number {
  const usual = Math.max(leastPatienceMs, MISSED_BEATS * settings.intervalMs + collectDeadline(settings));
  return isBegun ? usual : Math.max(usual, firstBeatMs);
}

/** A thread that hangs is checked again after this time. */
const SHORTEST_WATCH_MS = 1000;
/** Node's timers take at most 24 days. */
const LONGEST_WATCH_MS = 3_600_000;

/** A check of the beats, which wakes the main thread only when the time of a hanging thread would be over. */
interface SilenceWatch {
  /** Plans the next check again, because the allowed silence may have become shorter. */
  plan(): void;
  stop(): void;
}

/** The times of one thread, in milliseconds. */
interface SilenceTimes {
  /** until the present silence is too long; below 0 after that */
  leftMs(): number;
  /** the silence that is too long after a beat: the first beat may come at any time */
  usualMs(): number;
}

/** Calls `onHang` when no time is left, and again each second until the watch is stopped. */
function watchSilence({ leftMs, usualMs }: SilenceTimes, onHang: () => void): SilenceWatch {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const plan = (restMs: number): void => {
    clearTimeout(timer);
    const waitMs = Math.min(restMs, usualMs(), LONGEST_WATCH_MS);
    if (!isStopped) timer = setTimeout(look, Math.max(waitMs, SHORTEST_WATCH_MS));
  };
  const look = (): void => {
    const restMs = leftMs();
    plan(restMs);
    if (restMs < 0) onHang();
  };
  plan(leftMs());
  return {
    plan: () => plan(leftMs()),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

const beats = ({ sent, failed, silent }: BeatCounts): number => sent + failed + silent;

/** Returns a function that asks a condition only until it is true. */
function onceTrue(condition: () => boolean): () => boolean {
  let isTrue = false;
  return () => {
    isTrue ||= condition();
    return isTrue;
  };
}

async function reached(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(BEGIN_POLL_MS);
}

/** Starts the heartbeat thread, and restarts it if it ends or hangs. */
export function startHeartbeat({ entry, config, logger, ...patience }: HeartbeatOptions): Heartbeat {
  const memory = createBeatMemory();
  const lastBeat = createBeatClock(memory);
  const tally = createBeatTally(memory);
  let [restarts, pauseMs] = [0, FIRST_PAUSE_MS];
  let settings = heartbeatSettings(config);
  let [closing, changedAt] = [false, performance.now()];
  let [thread, watch, restart]: [HeartbeatThread?, SilenceWatch?, NodeJS.Timeout?] = [];

  const silenceMs = (): number => Math.min(lastBeat.elapsedMs(), performance.now() - changedAt);
  const hasBegun = onceTrue(() => restarts + beats(tally.counts()) > 0);
  const allowedMs = (): number => longestSilenceMs(settings, patience, hasBegun());
  const isAlive = (): boolean => silenceMs() <= allowedMs();
  const start = (): void => {
    const startedAt = performance.now();
    const onEnd = (reason: Error | undefined): void => {
      watch?.stop();
      if (closing) return;
      restarts += 1;
      const hasBeaten = lastBeat.elapsedMs() < performance.now() - startedAt;
      pauseMs = hasBeaten ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      logger.error({ err: reason, pauseMs }, 'the heartbeat thread ended and will be restarted');
      restart = setTimeout(start, pauseMs);
    };
    const begun = startThread(entry, { role: 'heartbeat', settings, memory }, { logger, onEnd });
    const leftMs = (): number => allowedMs() - Math.min(silenceMs(), performance.now() - startedAt);
    watch = watchSilence({ leftMs, usualMs: () => longestSilenceMs(settings, patience, true) }, () => {
      logger.error({ sinceMs: lastBeat.elapsedMs() }, 'the heartbeat thread hangs: terminating the thread');
      begun.kill();
    });
    thread = begun;
  };

  lastBeat.mark();
  start();
  return {
    update(changed) {
      settings = heartbeatSettings(changed);
      changedAt = performance.now();
      thread?.post({ kind: 'settings', settings });
      watch?.plan();
    },
    leaveWorkers: () => thread?.post({ kind: 'leave workers' }),
    alive: isAlive,
    begun: () => reached(() => hasBegun() || closing || !isAlive()),
    counts: () => ({ ...tally.counts(), restarts, sinceLastBeatMs: lastBeat.elapsedMs() }),
    recent: () => thread?.recent() ?? Promise.resolve([]),
    traffic: () => thread?.traffic() ?? Promise.resolve([]),
    async close() {
      closing = true;
      clearTimeout(restart);
      await thread?.close();
    },
  };
}
