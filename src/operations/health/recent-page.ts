import type { StatusPage } from '../../render/status-page.ts';

/** The page of the status, which is made for all browsers together. */
export interface RecentPage {
  /** Returns a page that is at most KEPT_MS old. @param make makes a new one; a failed one is not kept */
  get(make: () => Promise<StatusPage>): Promise<StatusPage>;
}

/** Fifty open pages ask five times a second. A large amphora needs 50 ms of CPU for a page. */
export const KEPT_MS = 2_000;

/** @param now returns milliseconds from any start; default: the clock of this process */
export function createRecentPage(now: () => number = () => performance.now()): RecentPage {
  let kept: { readonly page: Promise<StatusPage>; readonly since: number } | undefined;
  return {
    get(make) {
      if (kept !== undefined && now() - kept.since < KEPT_MS) return kept.page;
      const made = { page: make(), since: now() };
      kept = made;
      const forget = (): void => {
        if (kept === made) kept = undefined;
      };
      made.page.catch(forget);
      // an amphora at which nobody looks keeps no page
      setTimeout(forget, KEPT_MS).unref();
      return made.page;
    },
  };
}
