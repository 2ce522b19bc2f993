/**
 * npm run bench:vrrp-check: what the check that keepalived runs every 5 s costs, beside the one of Debian's
 * python3-octavia, against a real haproxy. Runs of both alternate; the figures are medians over rounds.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { haproxyConfig, until } from '../support/amphora/amphora-services.ts';
import { type CheckCost, checkCost } from './timing/vrrp-check-cost.ts';

const OURS = path.resolve(import.meta.dirname, '../../src/bin/haproxy-vrrp-check');
const PEER = '/usr/bin/haproxy-vrrp-check';
const ROUNDS = 15;
const SOCKETS = [0, 1, 2, 5, 20];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted[middle] ?? Number.NaN;
}

function medians(costs: readonly CheckCost[]): CheckCost {
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
    const costs = new Map<string, CheckCost[]>(programs.map((program) => [program, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const program of programs) costs.get(program)?.push(checkCost(program, sockets));
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
