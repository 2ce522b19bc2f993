import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for work, but at most `limitMs`. Leaves no timer that would wake the thread later.
 * @returns the result; undefined after the limit
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
