import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../../domain/program.ts';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import { CommandFailed, reasonOf } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import type { ProcessEntry, ProcessTable } from '../processes/process-table.ts';
import type { ServiceLog } from './supervisor-log.ts';
import type { ServicePipe } from './supervisor-pipe.ts';

/** Starts the processes of one service and ends them. */
export interface Launcher {
  /** Runs the checks of the service. @returns the output of the first check that failed; undefined when all succeeded */
  checkFailure(supervised: SupervisedProcess): Promise<string | undefined>;
  /**
   * Returns the process that the pid file names, if it lives and belongs to the service. Repeats the search for 75 ms while
   * any process of the service runs: haproxy rewrites its pid file in every reload.
   */
  findMainProcess(supervised: SupervisedProcess): Promise<ProcessEntry | undefined>;
  /** Returns all processes of the service, the oldest first. */
  processes(): Promise<ProcessEntry[]>;
  /** Starts the service and waits until it is ready. @throws NotReady */
  launch(supervised: SupervisedProcess): Promise<Launched>;
  /** Ends the main process, then the remaining processes of the service. @returns the processes that still run */
  end(main: ProcessEntry | undefined): Promise<ProcessEntry[]>;
}

/** A service that was started. */
export interface Launched {
  readonly main: ProcessEntry;
  /** resolves when the main process ends; undefined when that is not a child of the agent, because the service forks */
  readonly ended: Promise<void> | undefined;
}

/** The service ended, or wasn't ready in time. None of its processes runs. */
export class NotReady extends Error {}

export interface LaunchTimes {
  /** milliseconds from the start until the service must be ready */
  readonly readyMs: number;
  /** milliseconds from SIGTERM to SIGKILL */
  readonly stopMs: number;
}

interface LauncherParts {
  readonly files: Files;
  readonly commands: CommandRunner;
  readonly table: ProcessTable;
  readonly log: ServiceLog;
  readonly pipe: ServicePipe;
  /** `NAME=value` in the environment of this service only */
  readonly mark: string;
  /** PATH of the service and its children */
  readonly searchPath: string;
  readonly times: LaunchTimes;
}

const CHECK_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 25;
const LEFTOVER_MS = 2_000;
const PID_FILE_TRIES = 4;
const LIMIT_TIMEOUT_MS = 5_000;
const LOG_MODE = 0o640;

export function createLauncher(parts: LauncherParts): Launcher {
  const { files, table, log, times } = parts;
  const processes = (): Promise<ProcessEntry[]> => table.withEnvironment(parts.mark);

  const mainProcess = async ({ pidFile }: SupervisedProcess): Promise<ProcessEntry | undefined> => {
    const pid = Number((await files.readText(pidFile))?.trim() || Number.NaN);
    return Number.isSafeInteger(pid) && pid > 0 ? await table.find(pid, parts.mark) : undefined;
  };

  const end = async (main: ProcessEntry | undefined): Promise<ProcessEntry[]> => {
    if (main !== undefined && (await table.isAlive(main))) {
      signal([main], 'SIGTERM');
      await until(async () => !(await table.isAlive(main)), times.stopMs);
    }
    const gone = async (): Promise<boolean> => (await processes()).length === 0;
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      if (await gone()) return [];
      signal(await processes(), name);
      await until(gone, LEFTOVER_MS);
    }
    return processes();
  };

  const launch = async (supervised: SupervisedProcess): Promise<Launched> => {
    await files.remove(supervised.pidFile);
    await log.trim();
    const logLength = await log.length();
    if (supervised.openFiles !== null) await raiseFileLimit(parts, supervised.openFiles);
    const child = await startDetached(supervised, parts);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const main = await waitUntilReady(child, () => mainProcess(supervised), supervised.forks, times.readyMs);
    if (typeof main !== 'string') return { main, ended: main.pid === child.pid ? ended : undefined };
    await end(undefined);
    const output = await log.from(logLength);
    throw new NotReady(output === '' ? main : output);
  };

  return {
    checkFailure: (supervised) => firstCheckFailure(parts.commands, supervised),
    async findMainProcess(supervised) {
      for (let tries = 1; ; tries += 1) {
        const main = await mainProcess(supervised);
        if (main !== undefined || tries === PID_FILE_TRIES || (await processes()).length === 0) return main;
        await delay(READY_POLL_MS);
      }
    },
    processes,
    launch,
    end,
  };
}

/** Enters the network namespace only, as systemd's NetworkNamespacePath= does. The mounts stay the agent's. */
function inNamespace({ namespace }: SupervisedProcess, command: Program): Program {
  return namespace === null ? command : ['nsenter', `--net=/run/netns/${namespace}`, '--', ...command];
}

async function firstCheckFailure(
  commands: CommandRunner,
  supervised: SupervisedProcess,
): Promise<string | undefined> {
  try {
    for (const check of supervised.checks) {
      await commands.run(inNamespace(supervised, check), { timeoutMs: CHECK_TIMEOUT_MS });
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return error.output === '' ? error.message : error.output;
  }
}

/** Starts the service in its own session with its log as output, so that it doesn't depend on the agent. */
async function startDetached(
  supervised: SupervisedProcess,
  { log: { file }, pipe, mark, searchPath }: Pick<LauncherParts, 'log' | 'pipe' | 'mark' | 'searchPath'>,
): Promise<ChildProcess> {
  const [name, value] = [mark.slice(0, mark.indexOf('=')), mark.slice(mark.indexOf('=') + 1)];
  const [program, ...args] = inNamespace(supervised, supervised.command);
  const log = await open(file, 'a', LOG_MODE);
  const input = await pipe.openForService();
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: [input?.fd ?? 'ignore', log.fd, log.fd],
      cwd: '/',
      env: { PATH: searchPath, LC_ALL: 'C', ...supervised.environment, [name]: value },
    });
    child.unref();
    await once(child, 'spawn').catch((error: unknown) => {
      throw new NotReady(`can't be started: ${reasonOf(error)}`);
    });
    return child;
  } finally {
    await log.close();
    await input?.close();
  }
}

/**
 * Raises the agent's own limit of open files to the one that the service wants, but not above fs.nr_open. Children inherit
 * this limit. An agent that may not raise it (prlimit(2)) keeps the hard limit, which Node set at its start.
 */
async function raiseFileLimit(
  { commands, files }: Pick<LauncherParts, 'commands' | 'files'>,
  openFiles: number,
): Promise<void> {
  const most = Number((await files.readText('/proc/sys/fs/nr_open')) ?? openFiles);
  const limit = Math.min(openFiles, most);
  await commands.run(['prlimit', `--pid=${process.pid}`, `--nofile=${limit}:${limit}`], {
    timeoutMs: LIMIT_TIMEOUT_MS,
    okCodes: [0, 1],
  });
}

/** @returns the main process, or the reason of the failure */
async function waitUntilReady(
  child: ChildProcess,
  mainProcess: () => Promise<ProcessEntry | undefined>,
  forks: boolean,
  readyMs: number,
): Promise<ProcessEntry | string> {
  let ended: string | undefined;
  child.once('exit', (code, signalName) => {
    if (!forks || code !== 0)
      ended = code === null ? `ended by ${signalName}` : `ended with exit code ${code}`;
  });
  const deadline = performance.now() + readyMs;
  while (performance.now() < deadline) {
    const before = ended;
    const main = await mainProcess();
    if (before !== undefined) return before;
    if (main !== undefined) return main;
    await delay(READY_POLL_MS);
  }
  return `not ready after ${readyMs} ms`;
}

async function until(condition: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition()) && performance.now() < deadline) await delay(READY_POLL_MS);
}

export function signal(processes: readonly ProcessEntry[], name: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
