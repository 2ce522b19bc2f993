import { setTimeout as delay } from 'node:timers/promises';
import { mapsReplacedFiles } from '../../domain/proc-files.ts';
import type { Files } from '../files.ts';
import { parseProcessStat } from './process-table.ts';

/** The running processes, from /proc. */
export interface Processes {
  /**
   * Returns the process that a pid file names, if it lives (a zombie doesn't) and runs one of the programs. After a reboot
   * the number in an old pid file may belong to any process.
   * @param programs the allowed names, as in /proc/PID/comm
   */
  runningPid(pidFile: string, ...programs: readonly string[]): Promise<number | undefined>;
  /** Returns the seconds since a process started. Returns undefined when the process has ended. */
  ageSeconds(pid: number): Promise<number | undefined>;
  /** Sends a signal to a process if it lives and runs this program. @returns whether the signal was sent */
  signal(pid: number, program: string, name: NodeJS.Signals): Promise<boolean>;
  /** Returns whether a process runs a program or uses a library whose file was replaced or removed since. */
  runsReplacedFiles(pid: number): Promise<boolean>;
}

/** The unit of times in /proc: hundredths of a second at any tick rate of the kernel (USER_HZ, proc(5)). */
const TICKS_PER_SECOND = 100;

const PAUSE_MS = 5;
const TRIES = 10;
/** The most characters of a name in /proc/PID/comm. */
const NAME_LENGTH = 15;

/**
 * haproxy removes and rewrites its pid file in every reload. So a pid file that is absent or empty, or that changes during
 * the read, is read again for 50 ms (measured: haproxy 2.6 needs less than 1 ms).
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
    runsReplacedFiles: async (pid) => mapsReplacedFiles((await files.readText(`/proc/${pid}/maps`)) ?? ''),
    async signal(pid, program, name) {
      if ((await livingPid(files, String(pid), [program.slice(0, NAME_LENGTH)])) === undefined) return false;
      try {
        return process.kill(pid, name);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
        throw error;
      }
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
