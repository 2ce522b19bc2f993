import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for work, but no longer than `limitMs`; leaves no timer behind that would wake the thread later.
 * @returns undefined where it is late
 */
export async function atMost<Value>(work: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  const waiting = new AbortController();
  const limit = delay(limitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    waiting.abort();
  }
}
