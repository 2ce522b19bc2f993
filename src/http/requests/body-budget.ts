/** The memory that all bodies of requests, or of answers, share. */
export interface BodyBudget {
  /**
   * Waits until this many bytes are free, does the work, and frees them at its end. While a request waits, the agent reads
   * nothing from its connection. A small request may overtake a large one that doesn't fit yet.
   * @param work can free a part before its end: `keepOnly(bytes)` keeps only this many bytes
   */
  hold<Result>(bytes: number, work: (keepOnly: (bytes: number) => void) => Promise<Result>): Promise<Result>;
}

/** @param total size of the memory in bytes; a single call of `hold` must not request more */
export function createBodyBudget(total: number): BodyBudget {
  let free = total;
  const waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  const take = (bytes: number): Promise<void> | undefined => {
    if (bytes > free) return new Promise((go) => waiting.push({ bytes, go }));
    free -= bytes;
    return undefined;
  };
  const give = (bytes: number): void => {
    free += bytes;
    for (const waiter of [...waiting]) {
      if (waiter.bytes > free) continue;
      free -= waiter.bytes;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.go();
    }
  };
  return {
    async hold(bytes, work) {
      await take(bytes);
      let held = bytes;
      try {
        return await work((needed) => {
          const spare = Math.max(0, held - needed);
          held -= spare;
          give(spare);
        });
      } finally {
        give(held);
      }
    },
  };
}
