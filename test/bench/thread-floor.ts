/**
 * npm run bench:floor [-- --interval SECONDS]: memory that Node takes with a timer and a thread, with the flags of the agent, and by
 * what is mapped; then CPU that a Node thread takes at least for each beat: to wake by a timer, to send an
 * empty datagram, to ask a Unix socket before it. What a heartbeat costs more is the agent's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { INTERPRETER } from '../../packaging/bundle/bundle.ts';
import { keptMemoryMiB, memoryMiB, segmentsMiB, threadCpuMs } from './compare/process-costs.ts';

const WORK = ['timer', 'timer, datagram', 'timer, question, datagram'] as const;
const MEASURED_MS = 5000;
const LEAST_BEATS = 15;
const SETTLE_MS = 3000;
/** about what haproxy says of one member */
const ANSWER = 'x'.repeat(4000);
const THREAD = 'floor';

interface Order {
  readonly work: (typeof WORK)[number];
  readonly interval: number;
  readonly socket: string;
  readonly port: number;
}

/** The program of the measured thread: it runs from its text, in a process with the agent's flags, which refuse TypeScript. */
function beat({ work, interval, socket, port }: Order): void {
  const sender = createSocket('udp4');
  const send = (): void => sender.send('', port, '127.0.0.1');
  setInterval(() => {
    if (work === 'timer') return;
    if (work === 'timer, datagram') return send();
    const asked = connect(socket);
    asked.once('connect', () => asked.end('show info\n'));
    asked.on('data', () => undefined);
    asked.once('close', () => setTimeout(send, interval / 20));
  }, interval);
}

/** Starts a process with the thread that is measured. */
function startBeats(order: Order): ChildProcess {
  const thread = `const { createSocket } = require('node:dgram'); const { connect } = require('node:net');
    (${beat})(require('node:worker_threads').workerData);`;
  const options = JSON.stringify({ eval: true, name: THREAD, workerData: order });
  const program = `new (require('node:worker_threads').Worker)(${JSON.stringify(thread)}, ${options})`;
  return startNode(process.execPath, program);
}

/** CPU of the thread so far, in ms. */
async function cpuOfThread(pid: number | undefined): Promise<number> {
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const thread = `/proc/${pid}/task/${task}`;
    if ((await readFile(`${thread}/comm`, 'utf8')).trim() === THREAD) return threadCpuMs(thread);
  }
  throw new Error('the thread does not run');
}

/** Starts a program with the environment and the flags of the installed agent. */
function startNode(node: string, program: string): ChildProcess {
  const words = INTERPRETER.split(' ').slice(2);
  const environment = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('='));
  const flags = words.filter((word) => word.startsWith('--'));
  const env = { ...process.env, ...Object.fromEntries(environment) };
  return spawn(node, [...flags, '-e', program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

const COLLECT =
  "setInterval(() => undefined, 1000); gc({ type: 'major', flavor: 'last-resort', execution: 'sync' });";
const WITH_THREAD = `new (require('node:worker_threads').Worker)(${JSON.stringify(COLLECT)}, { eval: true }); ${COLLECT}`;
const MODULES = 'for (const name of ["net", "dgram", "tls", "https", "crypto", "zlib"]) require(name);';
const PROGRAMS = {
  'a timer': COLLECT,
  'a timer, a thread with a timer': WITH_THREAD,
  "a timer, a thread with a timer, the agent's modules of Node": `${MODULES} ${WITH_THREAD}`,
} as const;

/**
 * Shows the memory of programs that do nothing, with the environment and the flags of the installed agent. They run a copy of Node,
 * because the pages of a file are divided among all processes that have it.
 */
async function measureMemory(): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-floor-'));
  const copy = path.join(directory, 'node');
  await copyFile(process.execPath, copy);
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const node = startNode(copy, program);
    await delay(SETTLE_MS);
    if (node.pid === undefined) throw new Error('Node does not start');
    const [all, kept] = [await memoryMiB([node.pid]), await keptMemoryMiB([node.pid])];
    console.log(`${name}: ${all.toFixed(1)} MiB PSS, ${kept.toFixed(1)} MiB of it can't be taken back`);
    const segments = [...(await segmentsMiB(node.pid))];
    console.log(`  ${segments.map(([segment, mib]) => `${segment} ${mib.toFixed(1)}`).join(', ')}`);
    node.kill();
    await once(node, 'exit');
  }
  await rm(directory, { recursive: true });
}

async function measure(seconds: number): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-floor-'));
  const socket = path.join(directory, 'socket');
  const server = createServer((client) => client.once('data', () => client.end(ANSWER))).listen(socket);
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await delay(SETTLE_MS);
  const interval = seconds * 1000;
  const beats = Math.max(LEAST_BEATS, MEASURED_MS / interval);
  for (const work of WORK) {
    const node = startBeats({ work, interval, socket, port: receiver.address().port });
    await delay(SETTLE_MS + interval);
    const before = await cpuOfThread(node.pid);
    await delay(beats * interval);
    console.log(
      `${work}: ${(((await cpuOfThread(node.pid)) - before) / beats).toFixed(2)} ms each ${seconds} s`,
    );
    node.kill();
    await once(node, 'exit');
  }
  receiver.close();
  server.close();
  await rm(directory, { recursive: true });
}

const { values } = parseArgs({ options: { interval: { type: 'string', default: '0.05' } } });
await measureMemory();
await measure(Number(values.interval));
