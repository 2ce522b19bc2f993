/** Memory for the bodies of requests, or of answers, shared by all of them. */
export interface BodyBudget {
  /**
   * Does the work once this many bytes are free, and gives them back when it has ended. Who waits is not read from
   * meanwhile; one that fits goes before a larger one that doesn't.
   * @param work may give back a part before its end: `keepOnly(bytes)` says what it still needs
   */
  hold<Result>(bytes: number, work: (keepOnly: (bytes: number) => void) => Promise<Result>): Promise<Result>;
}

/** @param total bytes; no one may ask for more */
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
