/** The longest delay of a Node timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The most by which a Node timer can fire too early, in ms of performance.now(). */
const EARLY_TIMER_MS = 1;

/** A series of beats at a fixed rate. */
export interface Schedule {
  /** Changes the interval (ms). The next beat is due one new interval after the last one. */
  retime(intervalMs: number): void;
  /** Stops the schedule: no further beat starts. */
  stop(): void;
}

/**
 * Returns the first time `anchor + n * interval` (n whole) after `last` and after `now`. After a slow beat, the missed
 * beats are skipped, not made up for.
 */
export function nextSlot(anchor: number, interval: number, last: number, now: number): number {
  // `last` is rounded, so that a timer that fires a little early doesn't use its slot twice
  const passed = Math.max(Math.round((last - anchor) / interval), Math.floor((now - anchor) / interval));
  return anchor + (passed + 1) * interval;
}

/**
 * Runs `beat` at once and then at start + n * interval, by the monotonic clock. Neither the duration of a beat nor a
 * change of the wall clock shifts the following beats. Two beats never run at the same time.
 * @param beat gets the time at which it is due, by performance.now(); must not reject
 * @param onOverdue called once when a beat still runs at the time of the next one, which is left out
 */
export function startSchedule(
  intervalMs: number,
  beat: (due: number) => Promise<void>,
  onOverdue: () => void = () => undefined,
): Schedule {
  let interval = intervalMs;
  let due = performance.now();
  let anchor = due;
  let last: number | undefined;
  let beating = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const disarm = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const arm = (): void => {
    disarm();
    if (stopped) return;
    timer = setTimeout(wake, Math.min(Math.max(0, due - performance.now()), LONGEST_TIMER_MS));
  };
  const wake = (): void => {
    timer = undefined;
    if (performance.now() < due - EARLY_TIMER_MS) arm();
    else if (beating) onOverdue();
    else void run();
  };
  const plan = (beatDue: number): void => {
    const next = nextSlot(anchor, interval, beatDue, performance.now());
    if (timer !== undefined && next === due) return;
    due = next;
    arm();
  };
  const run = async (): Promise<void> => {
    const own = due;
    [beating, last] = [true, own];
    // before the beat: the timer then also ends a beat that takes too long
    plan(own);
    await beat(own);
    beating = false;
    plan(last);
  };
  arm();
  return {
    retime(changedMs) {
      if (changedMs === interval) return;
      interval = changedMs;
      if (last === undefined) return;
      anchor = beating ? last : Math.max(performance.now(), last + changedMs);
      due = anchor;
      if (beating) disarm();
      else arm();
    },
    stop() {
      stopped = true;
      disarm();
    },
  };
}
