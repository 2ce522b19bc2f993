import { setTimeout as delay } from 'node:timers/promises';
import type { Files } from '../files.ts';
import { parseProcessStat } from './process-table.ts';

/** Which processes run, by /proc. */
export interface Processes {
  /**
   * The process that a pid file names, if it lives (a zombie doesn't) and is the program meant: after a reboot the
   * number in an old file may be anybody's.
   * @param programs names that it may have, as in /proc/PID/comm
   */
  runningPid(pidFile: string, ...programs: readonly string[]): Promise<number | undefined>;
  /** seconds since a process started; undefined where it lives no more */
  ageSeconds(pid: number): Promise<number | undefined>;
}

/** The kernel counts in /proc in hundredths of a second, whatever its own clock does (USER_HZ, proc(5)). */
const TICKS_PER_SECOND = 100;

const PAUSE_MS = 5;
const TRIES = 10;
/** /proc/PID/comm holds no more characters of a name */
const NAME_LENGTH = 15;

/**
 * haproxy removes its pid file and writes it anew in every reload, so one that is absent or empty, or that changes under
 * way, is looked at again for 50 ms (measured: haproxy 2.6 needs less than 1 ms).
 */
export function createProcesses(files: Files): Processes {
  return {
    async runningPid(pidFile, ...programs) {
      const names = programs.map((program) => program.slice(0, NAME_LENGTH));
      for (let tries = 1; ; tries += 1) {
        const text = await files.readText(pidFile);
        const pid = await livingPid(files, text, names);
        if (pid !== undefined || tries === TRIES) return pid;
        if (text?.trim() && text === (await files.readText(pidFile))) return undefined;
        await delay(PAUSE_MS);
      }
    },
    async ageSeconds(pid) {
      const stat = parseProcessStat((await files.readText(`/proc/${pid}/stat`)) ?? '');
      const uptime = Number((await files.readText('/proc/uptime'))?.split(' ', 1)[0]);
      return stat?.isAlive ? uptime - stat.startTime / TICKS_PER_SECOND : undefined;
    },
  };
}

async function livingPid(
  files: Files,
  text: string | undefined,
  names: readonly string[],
): Promise<number | undefined> {
  const pid = Number(text?.trim() || Number.NaN);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const stat = parseProcessStat((await files.readText(`/proc/${pid}/stat`)) ?? '');
  return stat?.isAlive && names.includes(stat.program) ? pid : undefined;
}
