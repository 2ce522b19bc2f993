import { collectDeadline, type HeartbeatSettings } from '../settings.ts';

/** The times of one beat, by performance.now(). */
export interface BeatTimes {
  /** when the beat was due */
  readonly due: number;
  /** when the message was ready */
  readonly ready: number;
}

type Interval = Pick<HeartbeatSettings, 'intervalMs'>;

const LONGEST_OFFSET_MS = 500;
/** The most by which a timer can fire too early. */
const EARLY_MS = 2;
/** A beat that takes less than this part of the interval, or less than a few milliseconds, is quick. */
const QUICK_PART = 1 / 200;
const LEAST_QUICK_MS = 5;
/** The number of beats after a slow one that are patient. */
const PATIENT_BEATS = 20;

/**
 * Returns the time at which a beat sends its message.
 *
 * A patient beat sends an offset after it is due, so that no shorter delay (a reload, a busy processor, a large new
 * configuration) changes the interval between two messages. The offset is a twentieth of the interval, and half a second at most.
 * If a haproxy made the beat wait until its deadline, the offset begins at the deadline, because the next beat will wait as long.
 *
 * Other beats send at once if they are quick. This saves a timer, which wakes the thread once more. A change between the two ways
 * moves one message by an offset at most (by 5 ms, if that is longer).
 * @param times.ready time at which the observation of all listeners ended
 */
export function sendingMoment(settings: Interval, { due, ready }: BeatTimes, isPatient: boolean): number {
  if (!isPatient && ready <= due + quickLimit(settings)) return due;
  const deadline = due + collectDeadline(settings);
  return (ready < deadline - EARLY_MS ? due : deadline) + offset(settings);
}

/** Returns how many of the next beats are patient. @param patientBeats number before this beat */
export const patientBeatsAfter = (
  settings: Interval,
  { due, ready }: BeatTimes,
  patientBeats: number,
): number => (ready > due + quickLimit(settings) ? PATIENT_BEATS : Math.max(0, patientBeats - 1));

const offset = ({ intervalMs }: Interval): number => Math.min(intervalMs / 20, LONGEST_OFFSET_MS);

const quickLimit = (settings: Interval): number =>
  Math.max(LEAST_QUICK_MS, Math.min(offset(settings), settings.intervalMs * QUICK_PART));

/** The sending moments of one beat after the other. */
export interface Pace {
  /** As sendingMoment(). */
  moment(settings: Interval, times: BeatTimes): number;
  /** Takes note of how long a beat took. @param times.ready time before the wait for the moment */
  onReady(settings: Interval, times: BeatTimes): void;
}

export function createPace(): Pace {
  let patientBeats = 0;
  let isFirst = true;
  return {
    moment: (settings, times) => sendingMoment(settings, times, patientBeats > 0),
    onReady(settings, times) {
      // the first beat is slow, because it loads its code
      if (!isFirst) patientBeats = patientBeatsAfter(settings, times, patientBeats);
      isFirst = false;
    },
  };
}
