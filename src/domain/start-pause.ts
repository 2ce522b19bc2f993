import type { Program } from './program.ts';

/**
 * The pause of a unit between failed starts, in seconds. A check of haproxy may take a second of a slow processor: nine tenths
 * of the time stay free. systemd before version 254 has no setting for such a pause: RestartSec= also delays the restart after
 * a crash.
 */
export const START_PAUSE_S = 10;

/** Returns the file that exists from the beginning of a start until its success. @param service the name of a unit, without its ending */
export const startMark = (service: string): string => `/run/${markName(service)}`;

const markName = (service: string): string => `${service}.starting`;

/** The programs of a unit that make the pause. */
export interface StartPause {
  /** runs first: waits if the mark of a failed start exists */
  readonly pause: Program;
  /** runs before the start: makes the mark */
  readonly mark: Program;
  /** runs after a successful start: removes the mark */
  readonly unmark: Program;
}

export const startPause = (service: string): StartPause => ({
  pause: [
    '/usr/bin/find',
    ...['/run', '-maxdepth', '1', '-name', markName(service)],
    ...['-exec', '/usr/bin/sleep', `${START_PAUSE_S}`, ';'],
  ],
  mark: ['/usr/bin/touch', startMark(service)],
  unmark: ['/usr/bin/rm', '-f', startMark(service)],
});
