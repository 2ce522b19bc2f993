import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { LabAmphora } from '../amphora/amphora-lab.ts';

/** Directories in which an agent must not write; the box and the lab have their own layer above most of them. */
const FOREIGN = ['/etc', '/usr', '/var/lib', '/run', '/boot', '/opt', '/srv'];
/** Paths that the agent may change: its own files, services and namespaces. */
const OWN = ['/etc/octavia', '/var/lib/octavia', '/run/netns', '/etc/netns', '/run/overlay'];
/** proc(5), clear_refs */
const RESET_PEAK = '5';
const MARKER = '/var/lib/octavia/marker';

/** The resources that the agent's process holds. */
export interface Footprint {
  readonly openFiles: number;
  /** its share of memory in KiB (proc(5), smaps_rollup) */
  readonly pss: number;
}

export async function footprintOf(amphora: LabAmphora): Promise<Footprint> {
  const directory = `/proc/${amphora.agentPid()}`;
  const memory = await readFile(`${directory}/smaps_rollup`, 'utf8');
  const openFiles = (await readdir(`${directory}/fd`)).length;
  return { openFiles, pss: Number(/^Pss:\s+(\d+) kB/m.exec(memory)?.[1]) };
}

/** Returns the most memory in MiB that the agent's process held during an action (proc(5), VmHWM). */
export async function peakDuring(amphora: LabAmphora, act: () => Promise<void>): Promise<number> {
  const directory = `/proc/${amphora.agentPid()}`;
  await writeFile(`${directory}/clear_refs`, RESET_PEAK);
  await act();
  return peakIn(await readFile(`${directory}/status`, 'utf8'));
}

/** Returns the most memory in MiB that the agent's process has held since its start, or since peakDuring began. */
export const peakOf = async (amphora: LabAmphora): Promise<number> =>
  peakIn(await readFile(`/proc/${amphora.agentPid()}/status`, 'utf8'));

const peakIn = (status: string): number => Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024);

/** @returns a function that lists files and directories outside the agent's own that have changed since */
export async function watchForeignFiles(amphora: LabAmphora): Promise<() => Promise<string[]>> {
  await amphora.exec(['touch', MARKER]);
  const pruned = OWN.flatMap((directory) => ['-path', directory, '-prune', '-o']);
  // a started keepalived makes and removes files of its own in /run itself
  const argv = ['find', ...FOREIGN, ...pruned, '-cnewer', MARKER, '-not', '-path', '/run', '-print'] as const;
  return async () => (await amphora.exec(argv, { timeoutMs: 60_000 })).stdout.split('\n').filter(Boolean);
}
