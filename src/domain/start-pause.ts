import type { Program } from './program.ts';

/**
 * How a unit of systemd waits between starts that fail, whatever the version of systemd: RestartSteps= came with 254, and
 * RestartSec= would hold up the restart after a crash as well.
 */

/** Seconds. A slow machine whose check takes a second has nine tenths of its processor left. */
export const START_PAUSE_S = 10;

/** The file that is there from the beginning of a start until it has succeeded. @param service name of a unit, without its ending */
export const startMark = (service: string): string => `/run/${markName(service)}`;

const markName = (service: string): string => `${service}.starting`;

/** What a unit runs before its check, before its check too, and once it has started. */
export interface StartPause {
  readonly pause: Program;
  readonly mark: Program;
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
