import type { ServerResponse } from 'node:http';
import { createBodyBudget } from '../requests/body-budget.ts';

/** Answers that may contain a whole configuration, with a limit to the memory that they use together. */
export interface LargeReplies {
  /**
   * Waits for free memory, then makes and sends an answer. Resolves when the client has received the answer or has gone.
   * Closes the connection of a client that doesn't read the answer in time.
   * @param make writes the answer to the response and returns its size in bytes
   */
  serve(response: ServerResponse, make: () => Promise<number>): Promise<void>;
}

/** The memory reserved for each answer, in bytes, because its size is unknown before it is made. Two answers fit. */
const LONGEST = 16 * 1024 * 1024;
const TOTAL = 2 * LONGEST;
/** The time that a client has to read an answer. Controllers wait as long for the first byte of an answer. */
const TAKING_MS = 60_000;

export function createLargeReplies(takingMs = TAKING_MS): LargeReplies {
  const budget = createBodyBudget(TOTAL);
  return {
    serve: (response, make) =>
      budget.hold(LONGEST, async (keepOnly) => {
        keepOnly(await make());
        await closed(response, takingMs);
      }),
  };
}

function closed(response: ServerResponse, takingMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed) return resolve();
    const timer = setTimeout(() => response.destroy(), takingMs).unref();
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
