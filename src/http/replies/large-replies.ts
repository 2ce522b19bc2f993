import type { ServerResponse } from 'node:http';
import { createBodyBudget } from '../requests/body-budget.ts';

/** Answers that may have a whole configuration in them. */
export interface LargeReplies {
  /**
   * Makes and sends an answer once there is memory for it, and resolves when the client has it or has gone. A client that
   * doesn't take it in time is cut off.
   * @param make hands the answer to the response @returns its bytes
   */
  serve(response: ServerResponse, make: () => Promise<number>): Promise<void>;
}

/** Before it is made, nobody knows how long an answer will be: two of the longest fit. */
const LONGEST = 16 * 1024 * 1024;
const TOTAL = 2 * LONGEST;
/** As long as controllers wait for the first byte of an answer. */
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
