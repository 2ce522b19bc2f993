import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Argv, CommandResult, RunOptions } from '../../src/host/command.ts';
import {
  type LongRunning,
  type LongRunningOptions,
  onlyChildOf,
  startLongRunning,
  until,
  WAIT_MS,
} from '../programs/long-running.ts';
import { runProgram } from '../programs/programs.ts';
import { hasPciBus, hidingMounts, privateNamespacesCommand } from './private-namespaces.ts';

/** An empty machine: its own mount, network, pid and uts namespaces inside those of the lab. */
export interface Box {
  /** process id, in the lab's pid namespace, of the box's process 1 */
  readonly pid: number;
  /** Returns the path by which the lab can open a file of the box. */
  file(inside: string): string;
  /** Runs a program inside and waits for its end, for at most 60 s by default. @throws CommandFailed */
  run(argv: Argv, options?: Partial<RunOptions>): Promise<CommandResult>;
  /** Starts a program inside. Its `pid` is the process id of the program itself in the lab's pid namespace. */
  start(argv: Argv, options?: LongRunningOptions): Promise<BoxProcess>;
  /** Kills every process inside at once, like a power failure. Removes the network interfaces too. */
  close(): Promise<void>;
}

/** A program in a box. Signals reach the program itself. */
export type BoxProcess = LongRunning;

/** Starts a box. @param hostname host name inside the box @param searchPath PATH of every program in the box */
export async function startBox(hostname: string, searchPath: string): Promise<Box> {
  const anchor = await startLongRunning(privateNamespacesCommand(['sleep', 'infinity'], { root: true }));
  const pid = await anchorPid(anchor);
  const enter = ['nsenter', '--target', `${pid}`, '--mount', '--net', '--uts', '--pid'] as const;
  const inside = (argv: Argv): Argv => [...enter, 'env', `PATH=${searchPath}`, ...argv];
  const run = (argv: Argv, options?: Partial<RunOptions>): Promise<CommandResult> =>
    runProgram(inside(argv), options);
  const close = async (): Promise<void> => {
    anchor.signal('SIGKILL');
    await until(() => isGone(pid), WAIT_MS, 'the end of a box');
  };
  try {
    await run(['hostname', hostname]);
    for (const command of hidingMounts(await hasPciBus())) await run(command);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pid,
    file: (name) => path.join(`/proc/${pid}/root`, name),
    run,
    start: async (argv, options) => insideProcess(await startLongRunning(inside(argv), options)),
    close,
  };
}

/** Returns whether a process has ended. Process 1 of a namespace ends after all other processes of the namespace. */
const isGone = (pid: number): Promise<boolean> =>
  access(`/proc/${pid}`).then(
    () => false,
    () => true,
  );

/** Waits for the box's process 1, a child of unshare. Its namespaces are complete when its name is tini. */
async function anchorPid(anchor: LongRunning): Promise<number> {
  let pid: number | undefined;
  await until(
    async () => {
      if (!anchor.running()) throw new Error(`no namespaces: ${anchor.output()}`);
      pid = await onlyChildOf(anchor.pid);
      return pid !== undefined && (await onlyChildOf(pid)) !== undefined;
    },
    WAIT_MS,
    'process 1 of a box',
  );
  if (pid === undefined) throw new Error('a box without a process');
  return pid;
}

/** Returns the program that nsenter started as its child. Signals go to the program, not to nsenter. */
async function insideProcess(outer: LongRunning): Promise<BoxProcess> {
  let pid: number | undefined;
  await until(
    async () => {
      pid = await onlyChildOf(outer.pid);
      return pid !== undefined || !outer.running();
    },
    WAIT_MS,
    'the program of nsenter',
  );
  const target = pid ?? outer.pid;
  const signal = (name: NodeJS.Signals): void => {
    if (outer.running()) process.kill(target, name);
  };
  return {
    ...outer,
    pid: target,
    signal,
    async stop(graceMs = 5000) {
      signal('SIGTERM');
      const force = setTimeout(() => signal('SIGKILL'), graceMs);
      await outer.ended();
      clearTimeout(force);
    },
  };
}
