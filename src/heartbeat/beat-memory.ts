import type { BeatOutcome } from './settings.ts';

const MOMENT = 0;
const SEQUENCE = 1;
/** The index of each count, after the time of the last beat and the sequence number. */
const PLACES = { sent: 2, partial: 3, failed: 4, silent: 5, bytes: 6 } as const;
const SENT_AT = 7;
/** The lateness of messages: 64-bit fractions of ms, because a stored bigint would be garbage at each beat. */
const LATE = 8;
const MOST_LATE = 9;
const SIZE = 10;

/**
 * Creates memory that both threads share: 64-bit numbers with the time of the last good beat, the next sequence number,
 * the counts and the lateness. Messages instead would wake the main thread at each beat.
 */
export const createBeatMemory = (): SharedArrayBuffer =>
  new SharedArrayBuffer(SIZE * BigInt64Array.BYTES_PER_ELEMENT);

/** Creates a function that returns 0, 1, 2, … The numbering continues after a restart of the thread. */
export function createSequence(memory: SharedArrayBuffer): () => number {
  const numbers = new BigInt64Array(memory);
  return () => Number(Atomics.add(numbers, SEQUENCE, 1n));
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
  const numbers = new BigInt64Array(memory);
  return {
    mark: () => {
      Atomics.store(numbers, MOMENT, process.hrtime.bigint());
    },
    elapsedMs: () => Number(process.hrtime.bigint() - Atomics.load(numbers, MOMENT)) / 1e6,
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
  const numbers = new BigInt64Array(memory);
  const lateness = new Float64Array(memory);
  const add = (name: keyof typeof PLACES, amount = 1n): void => {
    Atomics.add(numbers, PLACES[name], amount);
  };
  const read = (name: keyof typeof PLACES): number => Number(Atomics.load(numbers, PLACES[name]));
  return {
    count(outcome) {
      if (outcome.kind !== 'broken') add(outcome.kind);
      if (outcome.kind !== 'sent') return;
      if (outcome.parts > 1) add('partial');
      add('bytes', BigInt(outcome.bytes));
      const lateMs = Math.max(0, outcome.lateMs);
      // the largest first, so that the other thread never reads a last one above it
      lateness[MOST_LATE] = Math.max(lateMs, lateness[MOST_LATE] ?? 0);
      lateness[LATE] = lateMs;
      Atomics.store(numbers, SENT_AT, process.hrtime.bigint());
    },
    counts: () => ({
      sent: read('sent'),
      partial: read('partial'),
      failed: read('failed'),
      silent: read('silent'),
      bytes: read('bytes'),
      sinceSentMs: sinceMs(Atomics.load(numbers, SENT_AT)),
      late:
        read('sent') === 0 ? undefined : { lastMs: lateness[LATE] ?? 0, mostMs: lateness[MOST_LATE] ?? 0 },
    }),
  };
}

const sinceMs = (moment: bigint): number | undefined =>
  moment === 0n ? undefined : Number(process.hrtime.bigint() - moment) / 1e6;
