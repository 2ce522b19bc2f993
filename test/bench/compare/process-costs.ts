import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const KIB_PER_MIB = 1024;
const NS_PER_MS = 1e6;
/** in which the kernel counts the time of ended children (sysconf(3), _SC_CLK_TCK) */
const TICK_MS = 10;

/** Memory in MiB, with what they share counted once (proc(5), smaps_rollup). */
export const memoryMiB = (pids: readonly number[]): Promise<number> => sumMiB(pids, ['Pss']);

/**
 * Memory in MiB that the kernel can't take back without swap: anonymous pages, which include changed copies of file pages,
 * and shared memory. The kernel can drop the other pages, unchanged ones of files, at any time.
 */
export const keptMemoryMiB = (pids: readonly number[]): Promise<number> =>
  sumMiB(pids, ['Pss_Anon', 'Pss_Shmem']);

async function sumMiB(pids: readonly number[], fields: readonly string[]): Promise<number> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8')));
  const kib = texts.flatMap((text) =>
    fields.map((field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1])),
  );
  return kib.reduce((sum, each) => sum + each, 0) / KIB_PER_MIB;
}

const MAPPING = /^[0-9a-f]+-[0-9a-f]+ (\S{4}) \S+ \S+ \d+ *(.*)$/;

/** Memory of a process in MiB (PSS) by what is mapped: `file node r-xp`, `heap`, `anonymous`, the largest first (proc(5), smaps). */
export async function segmentsMiB(pid: number): Promise<ReadonlyMap<string, number>> {
  const segments = new Map<string, number>();
  let segment = '';
  for (const line of (await readFile(`/proc/${pid}/smaps`, 'utf8')).split('\n')) {
    const [, mode, mapped] = MAPPING.exec(line) ?? [];
    if (mode !== undefined && mapped !== undefined) segment = segmentName(mode, mapped);
    const [, kib] = /^Pss: +(\d+) kB$/.exec(line) ?? [];
    if (kib !== undefined) segments.set(segment, (segments.get(segment) ?? 0) + Number(kib) / KIB_PER_MIB);
  }
  return new Map([...segments].sort(([, one], [, other]) => other - one));
}

function segmentName(mode: string, mapped: string): string {
  if (mapped === '') return 'anonymous';
  if (mapped.startsWith('[')) return mapped.slice(1, -1);
  const name = path.basename(mapped);
  return name === 'node' ? `file node ${mode}` : 'other files';
}

/** CPU time in ms of processes and of the children that they have waited for, since their start. */
export async function cpuMs(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    // what has ended meanwhile is among its parent's children
    pids.map((pid) => cpuOf(pid).catch(() => 0)),
  );
  return each.reduce((sum, one) => sum + one, 0);
}

const cpuOf = async (pid: number): Promise<number> => (await ownCpuMs(pid)) + (await endedChildrenCpuMs(pid));

/** Time on a processor of its threads, which the kernel has in nanoseconds (schedstat). */
export async function ownCpuMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(threads.map((thread) => threadCpuMs(`/proc/${pid}/task/${thread}`)));
  return times.reduce((sum, time) => sum + time, 0);
}

/**
 * CPU time in ms of the children that a process has waited for, and of the program that watches the network for it, with what that
 * has run.
 */
export async function childrenCpuMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const children = text.split(' ').filter((child) => child.trim() !== '');
  const commands = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')),
  );
  const watches = children.filter((_, index) => commands[index]?.startsWith('perl\0')).map(Number);
  return (await endedChildrenCpuMs(pid)) + (await cpuMs(watches));
}

/** @param task the thread's directory in /proc */
export async function threadCpuMs(task: string): Promise<number> {
  return Number((await readFile(`${task}/schedstat`, 'utf8')).split(' ')[0]) / NS_PER_MS;
}

/** CPU time in ms of the children that a process has waited for (proc(5), /proc/PID/stat: cutime and cstime). */
async function endedChildrenCpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
