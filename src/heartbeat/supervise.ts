import type { Logger } from 'pino';
import { createBeatClock, createBeatMemory } from './beat-clock.ts';
import { type BeatOutcome, collectDeadline, type HeartbeatConfig, heartbeatSettings } from './settings.ts';
import { type HeartbeatThread, startThread } from './thread.ts';

/** What the heartbeat has done since the agent started. */
export interface HeartbeatCounts {
  /** datagrams that the kernel took */
  readonly sent: number;
  /** those among them that told only a part, since all of it fits no datagram */
  readonly partial: number;
  readonly failed: number;
  /** times that the thread had to be started anew */
  readonly restarts: number;
  /** since a beat ended as it should (sent, failed or silent on purpose), or since the start */
  readonly sinceLastBeatMs: number;
  readonly lastOutcome: BeatOutcome | undefined;
}

/** The heartbeat as the main thread sees it. */
export interface Heartbeat {
  /** New settings take effect with the next beat. */
  update(config: HeartbeatConfig): void;
  /** Whether beats come: the last one ended within three intervals, and the time that collecting may take. */
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
const WATCH_MS = 1000;

/** Starts the heartbeat thread, and starts it anew when it dies or when no beat comes from it any more. */
export function startHeartbeat({ entry, config, logger }: HeartbeatOptions): Heartbeat {
  const memory = createBeatMemory();
  const lastBeat = createBeatClock(memory);
  const tally = createTally();
  let settings = heartbeatSettings(config);
  let changedAt = performance.now();
  let thread: HeartbeatThread | undefined;
  let closing = false;
  let restart: NodeJS.Timeout | undefined;

  const patienceMs = (): number => MISSED_BEATS * settings.intervalMs + collectDeadline(settings);
  const isAlive = (): boolean =>
    Math.min(lastBeat.elapsedMs(), performance.now() - changedAt) <= patienceMs();
  const start = (): void => {
    const startedAt = performance.now();
    const onEnd = (reason: Error | undefined): void => {
      clearInterval(watch);
      if (closing) return;
      const pauseMs = tally.restartPauseMs();
      logger.error({ err: reason, pauseMs }, 'the heartbeat thread ended and is started anew');
      restart = setTimeout(start, pauseMs);
    };
    const begun = startThread(
      entry,
      { role: 'heartbeat', settings, memory },
      { logger, onBeat: tally.onBeat, onEnd },
    );
    const watch = setInterval(() => {
      if (isAlive() || performance.now() - startedAt <= patienceMs()) return;
      logger.error({ sinceMs: lastBeat.elapsedMs() }, 'no beat comes from the heartbeat thread: it is ended');
      begun.kill();
    }, WATCH_MS);
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
    counts: () => ({ ...tally.counts(), sinceLastBeatMs: lastBeat.elapsedMs() }),
    async close() {
      closing = true;
      clearTimeout(restart);
      await thread?.close();
    },
  };
}

/** Counts what becomes of beats and threads. */
function createTally() {
  const counts = { sent: 0, partial: 0, failed: 0, restarts: 0 };
  let lastOutcome: BeatOutcome | undefined;
  let nextPauseMs = FIRST_PAUSE_MS;
  return {
    counts: () => ({ ...counts, lastOutcome }),
    onBeat(outcome: BeatOutcome): void {
      lastOutcome = outcome;
      if (outcome.kind === 'sent' || outcome.kind === 'failed') counts[outcome.kind] += 1;
      if (outcome.kind === 'sent' && outcome.parts > 1) counts.partial += 1;
      if (outcome.kind !== 'broken') nextPauseMs = FIRST_PAUSE_MS;
    },
    /** Counts a restart; each pause is twice the one before, until a beat comes. */
    restartPauseMs(): number {
      counts.restarts += 1;
      const pauseMs = nextPauseMs;
      nextPauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      return pauseMs;
    },
  };
}
