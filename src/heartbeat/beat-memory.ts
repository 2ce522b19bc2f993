import type { BeatOutcome } from './settings.ts';

const MOMENT = 0;
const SEQUENCE = 1;
/** where each count is, behind the moment and the sequence number */
const PLACES = { sent: 2, partial: 3, failed: 4, silent: 5 } as const;
const SIZE = 6;

/**
 * Memory that both threads see, of 64-bit numbers: the moment of the last good beat, the next sequence number, the counts.
 * Messages would wake the main thread at each beat, all day.
 */
export const createBeatMemory = (): SharedArrayBuffer =>
  new SharedArrayBuffer(SIZE * BigInt64Array.BYTES_PER_ELEMENT);

/** Numbers messages from 0 on, also when the thread had to be started anew in between (contract section 9). */
export function createSequence(memory: SharedArrayBuffer): () => number {
  const numbers = new BigInt64Array(memory);
  return () => Number(Atomics.add(numbers, SEQUENCE, 1n));
}

/**
 * When the last good beat ended, by the monotonic clock that all threads share. Read from memory and not from
 * messages: a main thread that was busy for a while must not take its own backlog for a dead heartbeat.
 */
export interface BeatClock {
  /** A beat ended as it should. */
  mark(): void;
  /** ms since the last mark */
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

/** What became of the beats since the agent started. */
export interface BeatCounts {
  /** datagrams that the kernel took */
  readonly sent: number;
  /** those among them that told only a part, since all of it fits no datagram */
  readonly partial: number;
  readonly failed: number;
  /** without a message, on purpose */
  readonly silent: number;
}

export interface BeatTally {
  count(outcome: BeatOutcome): void;
  counts(): BeatCounts;
}

export function createBeatTally(memory: SharedArrayBuffer): BeatTally {
  const numbers = new BigInt64Array(memory);
  const add = (name: keyof BeatCounts): void => {
    Atomics.add(numbers, PLACES[name], 1n);
  };
  const read = (name: keyof BeatCounts): number => Number(Atomics.load(numbers, PLACES[name]));
  return {
    count(outcome) {
      if (outcome.kind !== 'broken') add(outcome.kind);
      if (outcome.kind === 'sent' && outcome.parts > 1) add('partial');
    },
    counts: () => ({
      sent: read('sent'),
      partial: read('partial'),
      failed: read('failed'),
      silent: read('silent'),
    }),
  };
}
