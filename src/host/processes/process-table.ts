import type { Files } from '../files.ts';

/** One living process. Its start time distinguishes it from a later process with the same pid. */
export interface ProcessEntry {
  readonly pid: number;
  /** clock ticks since boot */
  readonly startTime: number;
}

/** The processes of the agent's services, from /proc. A mark in their environment identifies them. */
export interface ProcessTable {
  /** @returns undefined when no such process lives (a zombie doesn't), or its environment lacks this `NAME=value` */
  find(pid: number, assignment: string): Promise<ProcessEntry | undefined>;
  /** Returns whether the pid still belongs to this process, and the process is no zombie. */
  isAlive(process: ProcessEntry): Promise<boolean>;
  /**
   * Returns the processes whose environment at their start had exactly this `NAME=value`, the oldest first. Children
   * inherit it, and it survives exec. So this finds a service and all its descendants, also after their parents have
   * ended.
   */
  withEnvironment(assignment: string): Promise<ProcessEntry[]>;
  /** Returns a text that stays the same until the machine, or the container, boots again. */
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

/** The fields of /proc/PID/stat (proc(5)) that the agent uses. */
export interface ProcessStat {
  readonly program: string;
  /** false for a zombie */
  readonly isAlive: boolean;
  /** clock ticks since boot */
  readonly startTime: number;
}

/** @returns undefined for an incomplete text; the name of the program may hold spaces and parentheses */
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

/** Returns whether the process ended during the read (ESRCH), or the agent may not read it (EACCES, EPERM). */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
  );
}
