/** The longest delay that a timer of Node takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Timers of Node may fire this much too early, by the finer clock. */
const EARLY_TIMER_MS = 1;

/** Beats at a fixed rate. */
export interface Schedule {
  /** Changes the interval (ms); the next beat comes one new interval after the last one was due. */
  retime(intervalMs: number): void;
  /** No beat starts any more. */
  stop(): void;
}

/**
 * The first moment of `anchor + n * interval` (n whole) that is after both the moments given. Slots between are left
 * out: beats that a slow one swallowed are skipped, never bunched.
 */
export function nextSlot(anchor: number, interval: number, last: number, now: number): number {
  // Rounding the last one keeps a timer that fired a little early from using its slot twice.
  const passed = Math.max(Math.round((last - anchor) / interval), Math.floor((now - anchor) / interval));
  return anchor + (passed + 1) * interval;
}

/**
 * Runs `beat` at once and then at start + n * interval, by the monotonic clock: neither the work of a beat nor a
 * change of the clock shifts the others. Never two at a time.
 * @param beat gets the moment that it is due, by performance.now(); must not reject
 */
export function startSchedule(intervalMs: number, beat: (due: number) => Promise<void>): Schedule {
  let interval = intervalMs;
  let due = performance.now();
  let anchor = due;
  let last: number | undefined;
  let beating = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const arm = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => void run(), Math.min(Math.max(0, due - performance.now()), LONGEST_TIMER_MS));
  };
  const run = async (): Promise<void> => {
    if (performance.now() < due - EARLY_TIMER_MS) return arm();
    beating = true;
    last = due;
    await beat(due);
    beating = false;
    due = nextSlot(anchor, interval, last, performance.now());
    arm();
  };
  arm();
  return {
    retime(changedMs) {
      if (changedMs === interval) return;
      interval = changedMs;
      if (last === undefined) return;
      anchor = beating ? last : Math.max(performance.now(), last + changedMs);
      due = anchor;
      if (!beating) arm();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
