import type { BeatOutcome } from './settings.ts';

const MOMENT = 0;
const SEQUENCE = 1;
/** The index of each count, after the time of the last beat and the sequence number. */
const PLACES = { sent: 2, partial: 3, failed: 4, silent: 5, bytes: 6 } as const;
const SENT_AT = 7;
/** The lateness of messages, in ms. */
const LATE = 8;
const MOST_LATE = 9;
const SIZE = 10;

/**
 * Creates memory that both threads share: the time of the last good beat, the next sequence number, the counts and the lateness.
 * Messages instead would wake the main thread at each beat. The numbers are 64-bit fractions, because 64-bit integers would be
 * garbage at each beat. One thread at a time writes them, and processors with 64 bits write each at once.
 */
export const createBeatMemory = (): SharedArrayBuffer =>
  new SharedArrayBuffer(SIZE * Float64Array.BYTES_PER_ELEMENT);

/** Creates a function that returns 0, 1, 2, … The numbering continues after a restart of the thread. */
export function createSequence(memory: SharedArrayBuffer): () => number {
  const numbers = new Float64Array(memory);
  return () => {
    const next = numbers[SEQUENCE] ?? 0;
    numbers[SEQUENCE] = next + 1;
    return next;
  };
}

const MS_PER_SECOND = 1000;
const NS_PER_MS = 1e6;

/** The monotonic clock that all threads share, in ms. performance.now() begins in each thread at its start. */
function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * MS_PER_SECOND + nanoseconds / NS_PER_MS;
}

/**
 * The time of the last good beat, by the monotonic clock that all threads share. It is in shared memory, not in messages:
 * a busy main thread with unread messages must not conclude that the heartbeat thread hangs.
 */
export interface BeatClock {
  /** Records that a beat ended without a defect. */
  mark(): void;
  /** Returns the milliseconds since the last mark. */
  elapsedMs(): number;
}

export function createBeatClock(memory: SharedArrayBuffer): BeatClock {
  const numbers = new Float64Array(memory);
  return {
    mark: () => {
      numbers[MOMENT] = sharedNow();
    },
    elapsedMs: () => sharedNow() - (numbers[MOMENT] ?? 0),
  };
}

/** The outcomes of all beats since the agent's start. */
export interface BeatCounts {
  /** datagrams that the kernel accepted */
  readonly sent: number;
  /** sent datagrams that reported only a part, because the whole report fits no datagram */
  readonly partial: number;
  readonly failed: number;
  /** beats without a message, on purpose */
  readonly silent: number;
  /** bytes of the sent datagrams */
  readonly bytes: number;
  /** milliseconds since the last datagram; undefined when none was sent yet */
  readonly sinceSentMs: number | undefined;
  /** by how many milliseconds sent datagrams were late; undefined when none was sent yet */
  readonly late: Lateness | undefined;
}

/** By how many milliseconds datagrams were sent after their sendingMoment(); 0 for a timer that fired early. */
export interface Lateness {
  readonly lastMs: number;
  /** the largest since the agent's start */
  readonly mostMs: number;
}

export interface BeatTally {
  count(outcome: BeatOutcome): void;
  counts(): BeatCounts;
}

export function createBeatTally(memory: SharedArrayBuffer): BeatTally {
  const numbers = new Float64Array(memory);
  const read = (place: number): number => numbers[place] ?? 0;
  const add = (name: keyof typeof PLACES, amount = 1): void => {
    numbers[PLACES[name]] = read(PLACES[name]) + amount;
  };
  return {
    count(outcome) {
      if (outcome.kind !== 'broken') add(outcome.kind);
      if (outcome.kind !== 'sent') return;
      if (outcome.parts > 1) add('partial');
      add('bytes', outcome.bytes);
      const lateMs = Math.max(0, outcome.lateMs);
      // the largest first, so that the other thread never reads a last one above it
      numbers[MOST_LATE] = Math.max(lateMs, read(MOST_LATE));
      numbers[LATE] = lateMs;
      numbers[SENT_AT] = sharedNow();
    },
    counts: () => ({
      sent: read(PLACES.sent),
      partial: read(PLACES.partial),
      failed: read(PLACES.failed),
      silent: read(PLACES.silent),
      bytes: read(PLACES.bytes),
      sinceSentMs: read(SENT_AT) === 0 ? undefined : sharedNow() - read(SENT_AT),
      late: read(PLACES.sent) === 0 ? undefined : { lastMs: read(LATE), mostMs: read(MOST_LATE) },
    }),
  };
}
