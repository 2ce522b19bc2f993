/** Memory that both threads see: one 64-bit number, the moment of the last good beat. */
export const createBeatMemory = (): SharedArrayBuffer =>
  new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);

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
      Atomics.store(moment, 0, process.hrtime.bigint());
    },
    elapsedMs: () => Number(process.hrtime.bigint() - Atomics.load(moment, 0)) / 1e6,
  };
}
