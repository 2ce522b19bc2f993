import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths, type LoadBalancerPaths, type Paths } from '../../../src/domain/paths.ts';
import type { HeartbeatConfig } from '../../../src/heartbeat/settings.ts';

/** A base path with real haproxys in it, one listener with one pool and one member each. All traffic is over Unix sockets. */
export interface HeartbeatWorld {
  readonly paths: Paths;
  config(changes?: Partial<HeartbeatConfig>): HeartbeatConfig;
  addHaproxy(options?: { readonly ownPool?: boolean }): Promise<TestHaproxy>;
  /** answers to requests for `/stream`, whose bodies the test writes */
  readonly streams: readonly ServerResponse[];
  /** Starts any program, which is ended with the world. */
  run(program: string, args: readonly string[]): ChildProcess;
  close(): Promise<void>;
}

export interface TestHaproxy {
  readonly id: string;
  readonly listener: string;
  readonly pool: string;
  readonly member: string;
  readonly paths: LoadBalancerPaths;
  /** text of the configuration, which a test may change on disk */
  readonly text: string;
  /** Changes the configuration on disk. */
  configure(change: (text: string) => string): Promise<void>;
  start(): Promise<void>;
  masterPid(): number;
  workerPids(): Promise<number[]>;
  /** SIGUSR2 until only a new worker runs: haproxy 2.6 drops a signal that comes too soon after the last reload. */
  reload(): Promise<void>;
  /** SIGUSR2 until there is a new worker; those before may go on. */
  replaceWorker(): Promise<void>;
  signal(which: 'master' | 'workers', signal: NodeJS.Signals): Promise<void>;
  /** Waits until its processes have ended. */
  ended(): Promise<void>;
  /** Sends one request through the listener. @returns bytes of the body */
  get(): Promise<number>;
  /** Opens a connection to the listener. */
  connect(): Socket;
}

const ANSWER = 'x'.repeat(1000);

/** Repeats until the condition holds; the test's own time limit ends it. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(20);
}

/** Returns whether the condition became true within so many ms. */
async function within(limitMs: number, condition: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    if (await condition()) return true;
    await delay(20);
  }
  return false;
}

export async function createHeartbeatWorld(): Promise<HeartbeatWorld> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const base = await mkdtemp(path.join(tmpdir(), 'heartbeat-'));
  const pathOptions = {
    basePath: base,
    baseCertDir: path.join(base, 'certs'),
    agentServerNetworkDir: path.join(base, 'net'),
  };
  const paths = createPaths(pathOptions);
  const children: ChildProcess[] = [];
  const streams: ServerResponse[] = [];
  const backend = createServer((asked, response) => {
    if (asked.url === '/stream') streams.push(response);
    else response.end(ANSWER);
  });
  backend.listen(path.join(base, 'backend'));
  await once(backend, 'listening');
  const run = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(program, args, { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  return {
    paths,
    run,
    streams,
    config: (changes) => ({
      ...pathOptions,
      amphoraId: '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f',
      haproxyCmd: '/usr/sbin/haproxy',
      controllers: [],
      heartbeatInterval: 0.5,
      heartbeatKey: 'insecure',
      heartbeatVersion: 'auto',
      debug: false,
      ...changes,
    }),
    addHaproxy: (options) => addHaproxy(paths, run, options?.ownPool === true),
    async close() {
      await Promise.all(children.map(endChild));
      backend.closeAllConnections();
      backend.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const workers = await childrenOf(child.pid ?? 0);
  child.kill('SIGKILL');
  for (const pid of workers) killIfThere(pid, 'SIGKILL');
  await ended;
}

/** Returns whether all threads of a process are stopped (proc(5), stat). */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/stat`, 'utf8')));
  return stats.every((stat) => /\) T /.test(stat));
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // the thread has ended in the meantime
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

async function addHaproxy(paths: Paths, run: HeartbeatWorld['run'], ownPool: boolean): Promise<TestHaproxy> {
  const id = randomUUID();
  const [listener, pool, member] = [ownPool ? id : randomUUID(), randomUUID(), randomUUID()];
  const files = paths.loadBalancer(loadBalancerId(id));
  const entrance = path.join(files.directory, 'front');
  const text = haproxyText(
    { socket: files.statsSocket, entrance, backend: path.join(paths.base, 'backend') },
    [listener, ownPool ? pool : `${pool}:${listener}`, member],
  );
  await mkdir(files.directory);
  await writeFile(files.config, text);
  let child: ChildProcess | undefined;
  // The pid file is no source: it is empty for a moment in each reload.
  const masterPid = (): number => {
    if (child?.pid === undefined) throw new Error('not started');
    return child.pid;
  };
  const workerPids = () => childrenOf(masterPid());
  const signalled = async (isDone: (now: number[], before: number[]) => boolean): Promise<void> => {
    const before = await workerPids();
    for (let replaced = false; !replaced; ) {
      process.kill(masterPid(), 'SIGUSR2');
      replaced = await within(1000, async () => isDone(await workerPids(), before));
    }
  };
  return {
    ...{ id, listener, pool, member, text, masterPid, workerPids },
    paths: files,
    configure: (change) => writeFile(files.config, change(text)),
    async start() {
      const masterSocket = `${files.masterSocket},mode,600`;
      const started = run('haproxy', ['-Ws', '-f', files.config, '-p', files.pidFile, '-S', masterSocket]);
      child = started;
      await until(() => {
        if (started.exitCode !== null) throw new Error(`haproxy refuses ${files.config}`);
        return answers(files.statsSocket);
      });
    },
    reload: () => signalled((now, before) => now.length > 0 && !now.some((pid) => before.includes(pid))),
    replaceWorker: () => signalled((now, before) => now.some((pid) => !before.includes(pid))),
    async signal(which, signal) {
      const pids = which === 'master' ? [masterPid()] : await workerPids();
      for (const pid of pids) process.kill(pid, signal);
      // it takes effect later, on a busy machine after the next answer
      if (signal === 'SIGSTOP')
        await until(async () => (await Promise.all(pids.map(isStopped))).every(Boolean));
    },
    ended: () => until(() => child === undefined || child.exitCode !== null || child.signalCode !== null),
    get: () => getThrough(entrance),
    connect: () => connect(entrance),
  };
}

function haproxyText(
  places: { socket: string; entrance: string; backend: string },
  names: readonly string[],
): string {
  const [listener, pool, member] = names;
  return `global
    stats socket ${places.socket} mode 0666 level user
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend prometheus-exporter-internal-endpoint
    bind unix@${places.entrance}-metrics
frontend ${listener}
    bind unix@${places.entrance}
    default_backend ${pool}
backend ${pool}
    server ${member} unix@${places.backend} weight 1
`;
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => socket.end('show info\n'));
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

function getThrough(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/', agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.once('end', () => resolve(bytes));
    });
    sent.once('error', reject);
    sent.end();
  });
}
