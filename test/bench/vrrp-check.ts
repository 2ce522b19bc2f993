/**
 * npm run bench:vrrp-check: what the check that keepalived runs every 5 s costs, beside the one of Debian's
 * python3-octavia, against a real haproxy. Runs of both alternate; the figures are medians over rounds.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { haproxyConfig, until } from '../support/amphora-services.ts';

const OURS = path.resolve(import.meta.dirname, '../../src/bin/haproxy-vrrp-check');
const PEER = '/usr/bin/haproxy-vrrp-check';
const ROUNDS = 15;
/** runs of each in a round: the kernel tells the time of ended children in steps of 10 ms */
const RUNS = 20;
const TICK_MS = 10;
const SOCKETS = [0, 1, 2, 5, 20];

interface Cost {
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

function measure(program: string, sockets: readonly string[]): Cost {
  const [cpu, began] = [childrenCpuMs(), performance.now()];
  for (let run = 0; run < RUNS; run += 1) {
    const { status } = spawnSync(program, sockets, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${program} ended with ${status}`);
  }
  return { cpuMs: (childrenCpuMs() - cpu) / RUNS, wallMs: (performance.now() - began) / RUNS };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted[middle] ?? Number.NaN;
}

function medians(costs: readonly Cost[]): Cost {
  return {
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
  };
}

function compare(socket: string, programs: readonly string[]): void {
  const cell = (text: string | number): string => `${text}`.padStart(12);
  const head = ['sockets', 'program', 'CPU ms', 'wall ms', 'CPU ratio', 'wall ratio'];
  console.log(head.map(cell).join(''));
  for (const count of SOCKETS) {
    const sockets = Array.from({ length: count }, () => socket);
    const costs = new Map<string, Cost[]>(programs.map((program) => [program, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const program of programs) costs.get(program)?.push(measure(program, sockets));
    }
    const ours = medians(costs.get(OURS) ?? []);
    for (const [program, rounds] of costs) {
      const { cpuMs, wallMs } = medians(rounds);
      const ratios = [cpuMs / ours.cpuMs, wallMs / ours.wallMs];
      const name = program === OURS ? 'ours' : 'Debian';
      console.log(
        [cell(count), cell(name), ...[cpuMs, wallMs, ...ratios].map((n) => cell(n.toFixed(2)))].join(''),
      );
    }
  }
}

async function startHaproxy(directory: string, socket: string): Promise<ChildProcess> {
  const config = path.join(directory, 'haproxy.cfg');
  const bind = `bind ${path.join(directory, 'http')}`;
  writeFileSync(config, haproxyConfig(socket, 'fine', [1]).replace(/bind .*/, bind));
  const haproxy = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
  await until(() => spawnSync(OURS, [socket]).status === 0);
  return haproxy;
}

const directory = mkdtempSync(path.join(tmpdir(), 'bench-vrrp-check-'));
const socket = path.join(directory, 'haproxy.sock');
const haproxy = await startHaproxy(directory, socket);
try {
  if (!existsSync(PEER)) console.log(`${PEER} is not installed (python3-octavia): ours alone`);
  compare(socket, existsSync(PEER) ? [OURS, PEER] : [OURS]);
} finally {
  haproxy.kill('SIGKILL');
  rmSync(directory, { recursive: true });
}
