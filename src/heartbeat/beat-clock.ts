/** Memory that both threads see: two 64-bit numbers, the moment of the last good beat and the next sequence number. */
export const createBeatMemory = (): SharedArrayBuffer =>
  new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT);

const MOMENT = 0;
const SEQUENCE = 1;

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
  const moment = new BigInt64Array(memory);
  return {
    mark: () => {
      Atomics.store(moment, MOMENT, process.hrtime.bigint());
    },
    elapsedMs: () => Number(process.hrtime.bigint() - Atomics.load(moment, MOMENT)) / 1e6,
  };
}
