import { readdir, readlink } from 'node:fs/promises';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { cpuMs } from '../compare/process-costs.ts';

/**
 * CPU time in ms of everything that has run in an amphora: the agent, haproxy, and the programs that they started. The
 * box's process 1 has the time of orphans.
 */
export async function amphoraCpuMs(amphora: LabAmphora): Promise<number> {
  const namespace = await readlink(`/proc/${amphora.box.pid}/ns/pid`);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(
    pids.map(async (pid) => (await readlink(`/proc/${pid}/ns/pid`).catch(() => '')) === namespace),
  );
  return cpuMs(pids.filter((_, index) => inside[index]));
}

/** Measures what changes cost beyond the traffic, whose cost is that of the time before them. */
export interface CpuOfChanges {
  /** Ends the measurement. @returns ms for each change */
  perChange(changes: number): Promise<number>;
}

/** @param rest waits for the time in which only the traffic runs */
export async function measureCpu(amphora: LabAmphora, rest: () => Promise<unknown>): Promise<CpuOfChanges> {
  const sample = async () => ({ at: performance.now(), cpu: await amphoraCpuMs(amphora) });
  const quiet = await sample();
  await rest();
  const start = await sample();
  const rate = (start.cpu - quiet.cpu) / (start.at - quiet.at);
  return {
    async perChange(changes) {
      const end = await sample();
      return (end.cpu - start.cpu - rate * (end.at - start.at)) / changes;
    },
  };
}
