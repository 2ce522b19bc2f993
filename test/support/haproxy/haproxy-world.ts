import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { peerName } from '../../../src/domain/haproxy/haproxy-text.ts';
import { withVerdict } from '../../../src/domain/haproxy/haproxy-verdict.ts';
import {
  type HaproxyStatistics,
  readStatistics,
  STATISTICS_COMMAND,
} from '../../../src/domain/haproxy/statistics.ts';
import { type RenderedHaproxy, renderHaproxy } from '../../../src/render/haproxy/render-haproxy.ts';
import type { HaproxySettings } from '../../../src/render/haproxy/settings.ts';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import { REPOSITORY } from '../../repository.ts';
import { renderTemplate } from '../templates.ts';
import { type Member, type MemberOptions, startMember } from './http-member.ts';

const HAPROXY = '/usr/sbin/haproxy';

/** A haproxy that runs the rendered configuration of a model. */
export interface ServedModel {
  readonly text: string;
  readonly statistics: () => Promise<HaproxyStatistics>;
  /** Waits until the statistics have a member with this status. */
  memberIs(memberId: string, status: string): Promise<void>;
  /** Waits until every member was checked once. */
  checked(): Promise<void>;
  /** Waits until its stick tables hold so many clients. */
  remembers(clients: number): Promise<void>;
  stop(): Promise<void>;
}

/** Real haproxys and members on this machine's loopback, where VIPs are addresses of 127.0.0.0/8 and ::1. */
export interface HaproxyWorld {
  readonly directory: string;
  member(options: MemberOptions): Promise<Member>;
  /** Returns a port that no other caller got. */
  port(): number;
  settings(name: string): HaproxySettings;
  /** Renders, checks and runs a model of a load balancer. @throws Error with the output of haproxy if it does not run */
  serve(
    json: unknown,
    options?: { readonly amphoraId?: string; readonly logSocket?: string },
  ): Promise<ServedModel>;
  /** Ends every haproxy and every member since the last call. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_PORT = 21_000;

export async function openHaproxyWorld(): Promise<HaproxyWorld> {
  const directory = await mkdtemp(path.join(tmpdir(), 'haproxy-world-'));
  // haproxy starts external checks as user nobody
  await chmod(directory, 0o755);
  await copyFile(path.join(REPOSITORY, 'src/bin/ping-wrapper.sh'), path.join(directory, 'ping-wrapper.sh'));
  const members: Member[] = [];
  const served: ServedModel[] = [];
  let count = 0;
  const clear = async (): Promise<void> => {
    await Promise.all(served.splice(0).map((haproxy) => haproxy.stop()));
    await Promise.all(members.splice(0).map((member) => member.close()));
  };
  return {
    directory,
    port: () => FIRST_PORT + count++,
    async member(options) {
      const member = await startMember(options);
      members.push(member);
      return member;
    },
    settings: (name) => settingsIn(path.join(directory, name)),
    async serve(json, options = {}) {
      const settings = settingsIn(path.join(directory, `haproxy-${count++}`));
      const changed =
        options.logSocket === undefined ? settings : { ...settings, logSocket: options.logSocket };
      const haproxy = await run(json, changed, options.amphoraId);
      served.push(haproxy);
      return haproxy;
    },
    clear,
    async close() {
      await clear();
      await rm(directory, { recursive: true, maxRetries: 3 });
    },
  };
}

function settingsIn(directory: string): HaproxySettings {
  return {
    haproxy: {
      directory,
      statsSocket: path.join(directory, 'stats.sock'),
      serversState: path.join(directory, 'servers-state'),
      certificates: path.join(directory, 'certificates'),
    },
    logSocket: path.join(directory, 'log'),
    userLogFacility: 0,
    administrativeLogFacility: 1,
    // haproxy's user nobody may have no access to the repository
    pingCommand: path.join(directory, '../ping-wrapper.sh'),
  };
}

/** Writes a rendered configuration to disk. @returns path of the text */
export async function store(
  { text, certificates }: RenderedHaproxy,
  settings: HaproxySettings,
): Promise<string> {
  const { directory, certificates: certificateDirectory, serversState } = settings.haproxy;
  await mkdir(certificateDirectory, { recursive: true });
  for (const { file, pem } of certificates) await writeFile(path.join(certificateDirectory, file), pem);
  await writeFile(serversState, '1\n');
  const config = path.join(directory, 'haproxy.cfg');
  await writeFile(config, text);
  return config;
}

/** Runs `haproxy -c` with configurations. @returns its output @throws Error with its output if it refuses them */
export function check(configs: readonly string[], amphoraId = ''): Promise<string> {
  const files = configs.flatMap((config) => ['-f', config]);
  return new Promise((resolve, reject) => {
    execFile(HAPROXY, ['-c', '-L', peerName(amphoraId), ...files], (error, stdout, stderr) => {
      if (error === null) resolve(withVerdict(stdout + stderr));
      else reject(new Error(`${stdout}${stderr}`, { cause: error }));
    });
  });
}

async function run(json: unknown, settings: HaproxySettings, amphoraId = ''): Promise<ServedModel> {
  const rendered = renderHaproxy(renderTemplate, parseLoadBalancerModel(json), settings);
  const config = await store(rendered, settings);
  await check([config], amphoraId);
  const child = spawn(HAPROXY, ['-db', '-L', peerName(amphoraId), '-f', config], { stdio: 'pipe' });
  const words: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (part: string) => words.push(part));
  const { statsSocket } = settings.haproxy;
  const statistics = async (): Promise<HaproxyStatistics> =>
    readStatistics(await command(statsSocket, STATISTICS_COMMAND), '');
  while (!(await answers(statistics))) {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${words.join('')}${rendered.text}`);
    await delay(10);
  }
  return {
    text: rendered.text,
    statistics,
    async memberIs(memberId, status) {
      const isSo = async (): Promise<boolean> =>
        (await statistics()).pools.some((pool) => pool.members.get(memberId) === status);
      while (!(await isSo())) await delay(20);
    },
    async checked() {
      const pending = async (): Promise<boolean> =>
        / INI |INI,/.test(await command(statsSocket, 'show stat -1 4 -1'));
      while (await pending()) await delay(20);
    },
    async remembers(clients) {
      const used = async (): Promise<number> =>
        [...(await command(statsSocket, 'show table')).matchAll(/used:(\d+)/g)]
          .map(([, count]) => Number(count))
          .reduce((total, count) => total + count, 0);
      while ((await used()) < clients) await delay(20);
    },
    stop: () => ended(child),
  };
}

async function answers(question: () => Promise<unknown>): Promise<boolean> {
  try {
    await question();
    return true;
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

function command(socketPath: string, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: string[] = [];
    const socket = connect(socketPath, () => socket.end(`${words}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => parts.push(part));
    socket.once('error', reject);
    socket.once('end', () => resolve(parts.join('')));
  });
}
