import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tables } from '../../../src/domain/drift/table-drift.ts';
import type { NamespaceInterface } from '../../../src/domain/network/ip-json.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import {
  createNetworkWatch,
  type NetworkWatch,
  WATCH_TIMES,
} from '../../../src/host/network/network-watch.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { renderTemplate } from '../templates.ts';
import { createNetworkLab, type NetworkLab } from './network-lab.ts';

const TEXT = renderPrograms(renderTemplate).networkWatch();
/** The program does not distrust a change that has just been reported, so that the tests need not wait. */
export const TRUSTING = TEXT.replace('< 2;', '< -9;');
/** The program distrusts a change for an hour, on however busy a machine. */
export const DISTRUSTING = TEXT.replace('< 2;', '< 3600;');
/** The time in milliseconds for which the program distrusts a change, and a little more. */
export const SETTLED_MS = 2_200;

const NETWORK = [
  'ip link set lo up',
  'ip link add name eth9 type veth peer name peer9',
  'ip link add name spare0 type veth peer name spare9',
  'ip link set dev peer9 addrgenmode none up',
  'ip link set dev eth9 addrgenmode none up',
  'ip address add 10.77.0.5/24 dev eth9',
  'ip address add fd00:77::5/64 dev eth9 nodad',
  'ip route add 203.0.113.0/24 via 10.77.0.1',
  'ip rule add from 10.77.0.5 table 1',
  'ip nexthop add id 5 via 10.77.0.2 dev eth9',
  'ip route add 198.18.0.0/15 nhid 5',
  'nft add table ip wanted',
  'nft add chain ip wanted forward',
  'nft add rule ip wanted forward accept',
];
const OPTIONS = { withTables: true, keys: ['net.ipv4.ip_forward', 'net.ipv4.none'] };
/** In the place of a program, it fails: a look that succeeds has not started it. */
export const NO_PROGRAMS = { ip: 'exit 1', nft: 'exit 1' };
const [ATTEMPTS, PAUSE_MS] = [50, 100];
/** More reports than the kernel keeps for a program that does not read them. */
const MANY = 3_000;
/** linux/netlink.h, rtnetlink.h: the groups of the program, as /proc/net/netlink shows them. */
const GROUPS = '800405d1';

/** All that a look shows. */
export interface Seen {
  readonly interfaces: readonly NamespaceInterface[];
  readonly tables: Tables | undefined;
  readonly settings: string;
}

/** A namespace with an interface and a table, and a watch of it that reports damages. */
export interface WatchLab {
  readonly lab: NetworkLab;
  readonly watch: NetworkWatch;
  /** Runs a program, with its arguments separated by spaces, in the namespace. @returns its standard output */
  inside(line: string): Promise<string>;
  /** the paths of `ip` and `nft` while withPrograms() replaces them */
  readonly real: { readonly ip: string; readonly nft: string };
  /** Puts shell scripts in the places of programs meanwhile. */
  withPrograms<Result>(
    scripts: { readonly ip?: string; readonly nft?: string },
    use: () => Promise<Result>,
  ): Promise<Result>;
  /** Looks until a look succeeds that can't start `ip` or `nft`, because nothing has changed. @returns what it shows */
  unchangedLook(): Promise<Seen>;
  /** Sends a signal to the program of the watch. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Returns the numbers of the programs that watch the namespace. */
  watchers(): Promise<number[]>;
  /** Makes more changes than the kernel keeps reports of. @returns how many reports of links, addresses and routes it lost */
  loseReports(): Promise<number>;
  close(): Promise<void>;
}

/** Looks at everything. */
export async function lookAt(watch: NetworkWatch): Promise<Seen> {
  const sight = await watch.look(OPTIONS);
  return { interfaces: sight.interfaces(), tables: sight.tables(), settings: sight.settings };
}

/** Looks at everything with a program that knows nothing. */
export const freshLook = (): Promise<Seen> => lookAt(createNetworkWatch(() => TEXT));

/** The program as the agent runs it, with other times. */
export const watchWith = (times: Partial<typeof WATCH_TIMES>, text = TEXT): NetworkWatch =>
  createNetworkWatch(() => text, { ...WATCH_TIMES, ...times });

export async function openWatchLab(): Promise<WatchLab> {
  const lab = createNetworkLab();
  const directory = await mkdtemp(path.join(tmpdir(), 'watch-lab-'));
  const inside = (line: string): Promise<string> => lab.inside(...words(line));
  await lab.run('ip', 'netns', 'add', AMPHORA_NAMESPACE);
  for (const line of NETWORK) await inside(line);
  const programs = await replaceable(lab, directory);
  const watch = createNetworkWatch(() => TRUSTING);
  watch.renew();
  const watchers = (): Promise<number[]> => watchersOf(lab);
  return {
    ...{ lab, watch, inside, watchers, ...programs },
    unchangedLook: () =>
      withoutFailure(async () => {
        await lookAt(watch);
        return programs.withPrograms(NO_PROGRAMS, () => lookAt(watch));
      }),
    async kill(signal) {
      for (const pid of await watchers()) process.kill(pid, signal);
    },
    async loseReports() {
      const file = path.join(directory, 'changes');
      await writeFile(
        file,
        'address add 192.0.2.1/32 dev lo\naddress del 192.0.2.1/32 dev lo\n'.repeat(MANY),
      );
      await inside(`ip -batch ${file}`);
      return lostReports(await inside('cat /proc/net/netlink'));
    },
    async close() {
      watch.end();
      await lab.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Repeats a look until it succeeds: the kernel reports some changes late. */
async function withoutFailure(look: () => Promise<Seen>): Promise<Seen> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(PAUSE_MS);
    }
  }
}

const words = (line: string): [string, ...string[]] => line.split(' ') as [string, ...string[]];

/** Copies `ip` and `nft`, so that scripts can take their places. */
async function replaceable(
  lab: NetworkLab,
  directory: string,
): Promise<Pick<WatchLab, 'real' | 'withPrograms'>> {
  const placeOf = async (name: string): Promise<string> =>
    (await lab.run('sh', '-c', `realpath "$(command -v ${name})"`)).trim();
  const places = { ip: await placeOf('ip'), nft: await placeOf('nft') };
  const real = { ip: path.join(directory, 'ip'), nft: path.join(directory, 'nft') };
  for (const name of ['ip', 'nft'] as const) await copyFile(places[name], real[name]);
  const replace = async (name: 'ip' | 'nft', script: string): Promise<void> => {
    const file = path.join(directory, `${name}.sh`);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    await lab.run('mount', '--bind', file, places[name]);
  };
  return {
    real,
    async withPrograms({ ip, nft }, use) {
      if (ip !== undefined) await replace('ip', ip);
      if (nft !== undefined) await replace('nft', nft);
      try {
        return await use();
      } finally {
        if (ip !== undefined) await lab.run('umount', '--lazy', places.ip);
        if (nft !== undefined) await lab.run('umount', '--lazy', places.nft);
      }
    },
  };
}

async function watchersOf(lab: NetworkLab): Promise<number[]> {
  const pids = (await lab.run('ip', 'netns', 'pids', AMPHORA_NAMESPACE)).split('\n').filter(Boolean);
  const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  const isWatcher = (await Promise.all(lines)).map((line) => line.startsWith('perl\0'));
  return pids.filter((_, index) => isWatcher[index]).map(Number);
}

/** @param text /proc/net/netlink: sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode */
const lostReports = (text: string): number =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , groups]) => groups === GROUPS)
    .reduce((sum, fields) => sum + Number(fields[8]), 0);
