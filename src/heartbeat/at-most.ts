import { setTimeout as delay } from 'node:timers/promises';

/** Waits for work, but no longer than `limitMs`; leaves no timer behind that would wake the thread later. */
export async function atMost(work: Promise<unknown>, limitMs: number): Promise<void> {
  const waiting = new AbortController();
  const limit = delay(limitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  try {
    await Promise.race([work, limit]);
  } finally {
    waiting.abort();
  }
}
