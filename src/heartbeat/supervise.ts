import type { Logger } from 'pino';
import { type BeatCounts, createBeatClock, createBeatMemory, createBeatTally } from './beat-memory.ts';
import {
  collectDeadline,
  type HeartbeatConfig,
  type HeartbeatSettings,
  heartbeatSettings,
} from './settings.ts';
import { type HeartbeatThread, startThread } from './thread.ts';

/** What the heartbeat has done since the agent started. */
export interface HeartbeatCounts extends BeatCounts {
  /** times that the thread had to be started anew */
  readonly restarts: number;
  /** since a beat ended as it should (sent, failed or silent on purpose), or since the start */
  readonly sinceLastBeatMs: number;
}

/** The heartbeat as the main thread sees it. */
export interface Heartbeat {
  /** New settings take effect with the next beat. */
  update(config: HeartbeatConfig): void;
  /** Whether beats come: the last one ended within three intervals and the time that collecting may take, or within 10 s. */
  alive(): boolean;
  counts(): HeartbeatCounts;
  /** Ends the thread when its counters are written, at the latest after 3 s. */
  close(): Promise<void>;
}

export interface HeartbeatOptions {
  /** the module that calls `runHeartbeatWorker` when its workerData has the role `heartbeat` */
  readonly entry: URL;
  readonly config: HeartbeatConfig;
  readonly logger: Logger;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const MISSED_BEATS = 3;
/** A thread that is late is not one that hangs: on half a core its start alone takes seconds. */
const LEAST_PATIENCE_MS = 10_000;
const longestSilenceMs = (settings: HeartbeatSettings): number =>
  Math.max(LEAST_PATIENCE_MS, MISSED_BEATS * settings.intervalMs + collectDeadline(settings));

/** The main thread looks after the beats about as often as they come: it isn't woken for nothing. */
const SHORTEST_WATCH_MS = 1000;
const LONGEST_WATCH_MS = 5000;

const watchMs = ({ intervalMs }: HeartbeatSettings): number =>
  Math.min(Math.max(intervalMs, SHORTEST_WATCH_MS), LONGEST_WATCH_MS);

/** Starts the heartbeat thread, and starts it anew when it dies or when no beat comes from it any more. */
export function startHeartbeat({ entry, config, logger }: HeartbeatOptions): Heartbeat {
  const memory = createBeatMemory();
  const lastBeat = createBeatClock(memory);
  const tally = createBeatTally(memory);
  let restarts = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let settings = heartbeatSettings(config);
  let changedAt = performance.now();
  let thread: HeartbeatThread | undefined;
  let closing = false;
  let restart: NodeJS.Timeout | undefined;

  const patienceMs = (): number => longestSilenceMs(settings);
  const isAlive = (): boolean =>
    Math.min(lastBeat.elapsedMs(), performance.now() - changedAt) <= patienceMs();
  const start = (): void => {
    const startedAt = performance.now();
    const onEnd = (reason: Error | undefined): void => {
      clearTimeout(watch);
      if (closing) return;
      restarts += 1;
      const hasBeaten = lastBeat.elapsedMs() < performance.now() - startedAt;
      pauseMs = hasBeaten ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      logger.error({ err: reason, pauseMs }, 'the heartbeat thread ended and is started anew');
      restart = setTimeout(start, pauseMs);
    };
    const begun = startThread(entry, { role: 'heartbeat', settings, memory }, { logger, onEnd });
    const watchLater = () => setTimeout(look, watchMs(settings));
    const look = (): void => {
      watch = watchLater();
      if (isAlive() || performance.now() - startedAt <= patienceMs()) return;
      logger.error({ sinceMs: lastBeat.elapsedMs() }, 'no beat comes from the heartbeat thread: it is ended');
      begun.kill();
    };
    let watch = watchLater();
    thread = begun;
  };

  lastBeat.mark();
  start();
  return {
    update(changed) {
      settings = heartbeatSettings(changed);
      changedAt = performance.now();
      thread?.post({ kind: 'settings', settings });
    },
    alive: isAlive,
    counts: () => ({ ...tally.counts(), restarts, sinceLastBeatMs: lastBeat.elapsedMs() }),
    async close() {
      closing = true;
      clearTimeout(restart);
      await thread?.close();
    },
  };
}
