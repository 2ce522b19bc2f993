import type { Files } from '../files.ts';

/** One living process. Its start time tells it from another that gets the same number later. */
export interface ProcessEntry {
  readonly pid: number;
  /** clock ticks since boot */
  readonly startTime: number;
}

/** What /proc tells of the processes that a mark in their environment makes ours. */
export interface ProcessTable {
  /** @returns undefined when there is no such process, only its zombie, or one without this `NAME=value` in its environment */
  find(pid: number, assignment: string): Promise<ProcessEntry | undefined>;
  /** Whether it is still this process, and not a zombie. */
  isAlive(process: ProcessEntry): Promise<boolean>;
  /**
   * Processes whose environment at their start had this very `NAME=value`, the oldest first. Children inherit it, and
   * it survives exec, so this finds a service with all that it started, whoever their parent is by now.
   */
  withEnvironment(assignment: string): Promise<ProcessEntry[]>;
  /** A text that is the same until the machine, or the container, is booted again. */
  bootMark(): Promise<string>;
}

export function createProcessTable(files: Pick<Files, 'readText' | 'list'>): ProcessTable {
  const readProc = async (name: string): Promise<string | undefined> => {
    try {
      return await files.readText(`/proc/${name}`);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  };

  const living = async (pid: number): Promise<ProcessEntry | undefined> => {
    const stat = parseProcessStat((await readProc(`${pid}/stat`)) ?? '');
    return stat?.isAlive ? { pid, startTime: stat.startTime } : undefined;
  };

  const find = async (pid: number, assignment: string): Promise<ProcessEntry | undefined> => {
    const environment = (await readProc(`${pid}/environ`)) ?? '';
    return environment.split('\0').includes(assignment) ? await living(pid) : undefined;
  };

  return {
    find,
    async isAlive({ pid, startTime }) {
      return (await living(pid))?.startTime === startTime;
    },
    async withEnvironment(assignment) {
      const pids = (await files.list('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
      const found = await Promise.all(pids.map((pid) => find(pid, assignment)));
      return found
        .filter((entry) => entry !== undefined)
        .sort((one, other) => one.startTime - other.startTime || one.pid - other.pid);
    },
    async bootMark() {
      const kernel = (await readProc('sys/kernel/random/boot_id')) ?? '';
      return `${kernel.trim()}/${(await living(1))?.startTime ?? 0}`;
    },
  };
}

/** What the agent needs of /proc/PID/stat (proc(5)). */
export interface ProcessStat {
  readonly program: string;
  /** false for a zombie, too */
  readonly isAlive: boolean;
  /** clock ticks since boot */
  readonly startTime: number;
}

/** @returns undefined for a text that isn't whole; the program's name may itself hold spaces and parentheses */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')];
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ');
  const [state, startTime] = [fields[0], Number(fields[19])];
  if (!state || open < 0 || close < open || !Number.isSafeInteger(startTime)) return undefined;
  return { program: text.slice(open + 1, close), isAlive: state !== 'Z' && state !== 'X', startTime };
}

/** It ended while it was read (ESRCH), or isn't ours to look at (EACCES, EPERM). */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
  );
}
