import { setTimeout as delay } from 'node:timers/promises';

const MS_PER_SECOND = 1000;

/**
 * Waits for a piece of work, which goes on when it is late.
 * @param ms longest time, in ms
 * @throws Error when the work takes longer, and whatever the work throws
 */
export async function inTime<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  const stop = new AbortController();
  const late = delay(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`it takes longer than ${Number((ms / MS_PER_SECOND).toFixed(2))} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}
