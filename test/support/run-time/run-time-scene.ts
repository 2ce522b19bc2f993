import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { vi } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { type HaproxyId, loadBalancerId } from '../../../src/domain/ids.ts';
import { absentServers } from '../../../src/domain/run-time/run-time-record.ts';
import { WriteFailed } from '../../../src/errors.ts';
import { createFiles, type Files } from '../../../src/host/files.ts';
import { createHaproxySockets, type HaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { createHaproxyTexts } from '../../../src/host/haproxy/haproxy-texts.ts';
import type { Host } from '../../../src/host/host.ts';
import { createProcesses } from '../../../src/host/processes/processes.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { createCheckedTexts } from '../../../src/operations/haproxy/checked-texts.ts';
import { keepStoredConfig } from '../../../src/operations/haproxy/history.ts';
import { applyStored, finishInterruptedChange } from '../../../src/operations/run-time/apply-stored.ts';
import { readRunTimeRecord } from '../../../src/operations/run-time/record.ts';
import { createReloadCounter } from '../../../src/operations/run-time/reload-counts.ts';
import { createSentCertificates } from '../../../src/operations/run-time/sent-certificates.ts';
import { askWorkerState } from '../../../src/operations/run-time/worker.ts';
import { type ServerStates, STATES_COMMAND, serverStates } from '../haproxy/server-states.ts';
import { createSupervisedWorld, QUICK } from '../haproxy/supervised-haproxy.ts';

const HAPROXY = '/usr/sbin/haproxy';
const ANSWER_MS = 60_000;

/** One haproxy under the supervisor, and the operation that makes it run a changed text. */
export interface RunTimeScene {
  readonly id: HaproxyId;
  readonly directory: string;
  readonly context: RunTimeContext;
  /** Stores and starts a first text. */
  start(text: string): Promise<void>;
  /** Stores a text and makes haproxy run it. @returns the kind of an avoided reload, or `REASON: DETAIL` of a reload */
  apply(text: string): Promise<string>;
  /** As `apply`, on a disk that has no room for the record of changes. */
  applyWithoutRecord(text: string): Promise<string>;
  /** As `apply`, but the agent is killed after so many commands to the worker, and a new agent starts. */
  applyKilledAfter(text: string, commands: number): Promise<'ended' | 'killed'>;
  /** process id and start of the worker */
  worker(): Promise<string>;
  /** Returns the states of the servers that reports show. */
  states(): Promise<ServerStates>;
  /** Returns the states of a haproxy that is started with a text. */
  freshStates(text: string): Promise<ServerStates>;
  ask(command: string): Promise<string>;
  close(): Promise<void>;
}

type RunTimeContext = Pick<
  OperationContext,
  'config' | 'paths' | 'host' | 'logger' | 'reloads' | 'checkedTexts' | 'sentCertificates'
>;

/** Ends an operation as a kill of the agent would: nothing of it runs after that. */
class Killed extends Error {}

export async function openRunTimeScene(): Promise<RunTimeScene> {
  const world = await createSupervisedWorld();
  const { definition, name } = await world.addHaproxy();
  const id = loadBalancerId(name.replace('haproxy-', ''));
  const manager = world.supervisor(QUICK);
  const at = world.paths.loadBalancer(id);
  const { config } = loadConfig(
    'agent.conf',
    '[amphora_agent]\namphora_id = 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f\n',
  );
  const files = createFiles();
  const sockets = createHaproxySockets();
  const done: string[] = [];
  const contextWith = (haproxy: HaproxySockets, written: Files = files): RunTimeContext => ({
    config: () => config,
    paths: world.paths,
    host: {
      ...{ files: written, haproxy, services: manager, processes: createProcesses(files) },
      haproxyTexts: createHaproxyTexts(files),
      bindTrial: { addressesInUse: async () => [] },
    } as Partial<Host> as Host,
    logger: pino({ level: 'info' }, { write: (line) => note(done, line) }),
    reloads: createReloadCounter(),
    checkedTexts: createCheckedTexts(),
    sentCertificates: createSentCertificates(),
  });
  const context = contextWith(sockets);
  const ask = (command: string): Promise<string> => sockets.ask(at.statsSocket, command, ANSWER_MS);
  const store = (text: string): Promise<void> => files.write(at.config, Buffer.from(text), { mode: 0o600 });
  return {
    id,
    directory: at.directory,
    context,
    ask,
    async start(text) {
      await store(text);
      await writeFile(at.serversState, '1\n');
      await manager.install(definition);
      await manager.start(name);
      await keepStoredConfig(context, id);
      while ((await askWorkerState(context, id)) === undefined) await delay(10);
    },
    async apply(text) {
      await store(text);
      await applyStored(context, id);
      return done.at(-1) ?? '';
    },
    async applyWithoutRecord(text) {
      await store(text);
      await applyStored(contextWith(sockets, withoutRoomFor(at.runTimeRecord, files)), id);
      return done.at(-1) ?? '';
    },
    async applyKilledAfter(text, commands) {
      await store(text);
      try {
        await applyStored(contextWith(mortal(sockets, commands)), id);
        return 'ended';
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        await finishInterruptedChange(context, id);
        return 'killed';
      }
    },
    async worker() {
      const info = await ask('show info');
      const pid = /^Pid: (\d+)$/m.exec(info)?.[1] ?? '';
      const stat = (await files.readText(`/proc/${pid}/stat`)) ?? '';
      return `${pid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[20]}`;
    },
    async states() {
      const absent = absentServers(await readRunTimeRecord(context, id), undefined);
      const shown = serverStates(await ask(STATES_COMMAND));
      const keep = (key: string): boolean => {
        const [backend = '', server = ''] = key.split(' ');
        return absent.get(backend)?.has(server) !== true;
      };
      const kept = <Value>(values: Readonly<Record<string, Value>>): Record<string, Value> =>
        Object.fromEntries(Object.entries(values).filter(([key]) => keep(key)));
      return { configured: kept(shown.configured), health: kept(shown.health) };
    },
    freshStates: (text) => freshStates(text, at.directory, at.statsSocket),
    close: () => world.close(),
  };
}

/** Returns files of which one can't be written. */
const withoutRoomFor = (full: string, files: Files): Files => ({
  ...files,
  write: (file, content, options) =>
    file === full
      ? Promise.reject(new WriteFailed(file, new Error('ENOSPC: no space left on device')))
      : files.write(file, content, options),
});

/** Notes what the agent logs about a reload. */
function note(done: string[], line: string): void {
  const { msg, by, reason, detail }: Record<string, unknown> = JSON.parse(line);
  if (msg === 'reload of haproxy avoided') done.push(`${by}`);
  if (msg === 'reload of haproxy needed') done.push(`${reason}: ${detail}`);
}

/** Returns sockets that send the commands one by one and end the operation when so many have been sent. */
function mortal(sockets: HaproxySockets, commands: number): HaproxySockets {
  let left = commands;
  return {
    async ask(socket, text, deadlineMs) {
      if (!/(?:set|add|enable) /.test(text)) return sockets.ask(socket, text, deadlineMs);
      const answers: string[] = [];
      for (const one of text.split(';')) {
        if (left === 0) throw new Killed();
        left -= 1;
        answers.push(await sockets.ask(socket, one, deadlineMs));
      }
      if (left === 0) throw new Killed();
      return answers.join('');
    },
  };
}

async function freshStates(text: string, directory: string, statsSocket: string): Promise<ServerStates> {
  const socket = path.join(directory, 'fresh.sock');
  const file = path.join(directory, 'fresh.cfg');
  await writeFile(
    file,
    text.replaceAll(statsSocket, socket).replaceAll(/^ {4}bind .*$/gm, '    bind abns@fresh'),
  );
  const child = spawn(HAPROXY, ['-db', '-f', file], { stdio: 'ignore' });
  try {
    const asked = () => createHaproxySockets().ask(socket, STATES_COMMAND, ANSWER_MS);
    return serverStates(await vi.waitFor(asked, { timeout: 60_000, interval: 10 }));
  } finally {
    await ended(child);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error('the fresh haproxy did not start');
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
