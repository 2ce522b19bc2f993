import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** the kernel reports the time of ended children in steps of 10 ms */
const RUNS = 20;
const TICK_MS = 10;

/** What one run costs. */
export interface CheckCost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** User and system time of all children that have ended, in milliseconds (/proc/PID/stat, fields 16 and 17). */
function childrenCpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/** The mean of some runs. @throws Error where the check fails */
export function checkCost(program: string, sockets: readonly string[]): CheckCost {
  const [cpu, began] = [childrenCpuMs(), performance.now()];
  for (let run = 0; run < RUNS; run += 1) {
    const { status } = spawnSync(program, sockets, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${program} ended with ${status}`);
  }
  return { cpuMs: (childrenCpuMs() - cpu) / RUNS, wallMs: (performance.now() - began) / RUNS };
}
