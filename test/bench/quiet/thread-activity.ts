import { readdir, readFile } from 'node:fs/promises';
import { threadCpuMs } from '../compare/process-costs.ts';

/** How often threads woke, and what CPU they used, in a measured time. */
export interface Activity {
  /** name of the threads, as the kernel has it */
  readonly name: string;
  /** number of threads with this name */
  readonly threads: number;
  /** how often a thread gave up its processor to wait, and so woke later */
  readonly wakeUps: number;
  readonly cpuMs: number;
}

interface Thread {
  readonly name: string;
  readonly wakeUps: number;
  readonly cpuMs: number;
}

/** The counts of all threads of a process at one moment, by thread id. */
export type Counts = ReadonlyMap<string, Thread>;

/** @throws Error when the process has ended */
export async function countsOf(pid: number): Promise<Counts> {
  const tasks = `/proc/${pid}/task`;
  const ids = await readdir(tasks);
  const threads = await Promise.all(ids.map(async (id) => [id, await threadAt(`${tasks}/${id}`)] as const));
  return new Map(threads);
}

async function threadAt(task: string): Promise<Thread> {
  const status = await readFile(`${task}/status`, 'utf8');
  return {
    name: (await readFile(`${task}/comm`, 'utf8')).trim(),
    wakeUps: Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]),
    cpuMs: await threadCpuMs(task),
  };
}

/** Returns what threads did from one moment to another, by their names, the busiest first. */
export function activityBetween(before: Counts, after: Counts): Activity[] {
  const byName = new Map<string, Activity>();
  for (const [id, { name, wakeUps, cpuMs }] of after) {
    const sum = byName.get(name) ?? { name, threads: 0, wakeUps: 0, cpuMs: 0 };
    const earlier = before.get(id);
    byName.set(name, {
      name,
      threads: sum.threads + 1,
      wakeUps: sum.wakeUps + wakeUps - (earlier?.wakeUps ?? 0),
      cpuMs: sum.cpuMs + cpuMs - (earlier?.cpuMs ?? 0),
    });
  }
  return [...byName.values()].sort((one, other) => other.wakeUps - one.wakeUps);
}
