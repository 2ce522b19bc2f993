import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { AMPHORA_NAMESPACE, haproxyService, UNIT_DIRECTORY } from '../../../src/domain/paths.ts';
import type { Snapshot } from './takeover-findings.ts';

const UNITS = /^(haproxy-|octavia-|amphora-).*\.service$/;
/** the form in which a DHCP client adds an address */
const BROADCAST = /brd 10[.\d]+ /g;
const REMAINING_LEASE = /valid_lft \d+sec preferred_lft \d+sec/g;
/** written after each heartbeat */
const COUNTERS = '/stats_counters.json';

/** The state that an agent must not change when it takes over. */
export async function takeSnapshot(loadBalancer: string, workerPid: number): Promise<Snapshot> {
  const keepalived = shown('octavia-keepalived', 'MainPID');
  return {
    haproxy: { master: shown(haproxyService(loadBalancerId(loadBalancer)), 'MainPID'), worker: workerPid },
    keepalived: { main: keepalived, children: run('pgrep', '--parent', keepalived) },
    network: [
      inside('ip', 'address').replace(REMAINING_LEASE, 'valid for a while').replace(BROADCAST, ''),
      ...['-4', '-6'].flatMap((version) => [
        inside('ip', version, 'route', 'show', 'table', 'all'),
        inside('ip', version, 'rule'),
      ]),
      inside('nft', 'list', 'ruleset'),
    ],
    files: await fileStates(),
  };
}

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args).toString().trim();
}

/** Runs a program in the namespace of amphorae. */
export const inside = (...argv: string[]): string => run('ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...argv);

/** Returns a property of a unit. */
export const shown = (unit: string, property: string): string =>
  run('systemctl', 'show', '--value', `--property=${property}`, unit);

/** Returns the process id of the DHCP client of eth3, or '' if there is none. */
export const dhcpClient = (): string => run('sh', '-c', 'pgrep --full "(dhclient|udhcpc) .*eth3" || true');

async function fileStates(): Promise<Record<string, string>> {
  const units = (await readdir(UNIT_DIRECTORY)).filter((name) => UNITS.test(name));
  const files = [
    ...units.map((name) => path.join(UNIT_DIRECTORY, name)),
    ...(await filesBelow('/etc/octavia')),
    ...(await filesBelow('/var/lib/octavia')),
  ];
  const states: Record<string, string> = {};
  for (const file of files.filter((name) => !name.endsWith(COUNTERS))) {
    const { ino, mtimeMs, mode } = await stat(file);
    const digest = createHash('md5').update(await readFile(file));
    states[file] = `${digest.digest('hex')} inode ${ino} written ${mtimeMs} mode ${mode.toString(8)}`;
  }
  return states;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
