/**
 * Waits for work, but at most `limitMs`. Leaves no timer that would wake the thread later.
 * @returns the result; undefined after the limit
 */
export async function atMost<Value>(work: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
