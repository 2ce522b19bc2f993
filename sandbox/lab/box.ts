import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Argv, CommandResult, RunOptions } from '../../src/host/command.ts';
import {
  type LongRunning,
  type LongRunningOptions,
  onlyChildOf,
  startLongRunning,
  until,
} from '../programs/long-running.ts';
import { runProgram } from '../programs/programs.ts';
import { hasPciBus, hidingMounts, privateNamespacesCommand } from './private-namespaces.ts';

/** A machine without anything in it: mount, network, pid and uts namespaces of its own inside the lab's. */
export interface Box {
  /** process id, in the lab, of the box's process 1 */
  readonly pid: number;
  /** A file of the box as a path that the lab can open. */
  file(inside: string): string;
  /** Runs a program inside and waits for its end (10 s at most unless told otherwise). @throws CommandFailed */
  run(argv: Argv, options?: Partial<RunOptions>): Promise<CommandResult>;
  /** Starts a program inside; its `pid` is that of the program itself, as the lab sees it. */
  start(argv: Argv, options?: LongRunningOptions): Promise<BoxProcess>;
  /** Ends every process inside at once, as pulling the plug would; its network interfaces go too. */
  close(): Promise<void>;
}

/** A program in a box; signals reach the program itself. */
export type BoxProcess = LongRunning;

const READY_MS = 5000;

/** @param hostname what the box calls itself @param searchPath PATH of every program in it */
export async function startBox(hostname: string, searchPath: string): Promise<Box> {
  const anchor = await startLongRunning(privateNamespacesCommand(['sleep', 'infinity'], { root: true }));
  const pid = await anchorPid(anchor);
  const enter = ['nsenter', '--target', `${pid}`, '--mount', '--net', '--uts', '--pid'] as const;
  const inside = (argv: Argv): Argv => [...enter, 'env', `PATH=${searchPath}`, ...argv];
  const run = (argv: Argv, options?: Partial<RunOptions>): Promise<CommandResult> =>
    runProgram(inside(argv), options);
  const close = async (): Promise<void> => {
    anchor.signal('SIGKILL');
    await until(() => isGone(pid), READY_MS, 'the end of a box');
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

/** The kernel lets process 1 go after all others of its namespace. */
const isGone = (pid: number): Promise<boolean> =>
  access(`/proc/${pid}`).then(
    () => false,
    () => true,
  );

/** unshare's child is the box's process 1; once it is called tini, its namespaces are complete. */
async function anchorPid(anchor: LongRunning): Promise<number> {
  let pid: number | undefined;
  await until(
    async () => {
      if (!anchor.running()) throw new Error(`no namespaces: ${anchor.output()}`);
      pid = await onlyChildOf(anchor.pid);
      return pid !== undefined && (await onlyChildOf(pid)) !== undefined;
    },
    READY_MS,
    'process 1 of a box',
  );
  if (pid === undefined) throw new Error('a box without a process');
  return pid;
}

/** nsenter stays outside and waits: the program is its child, and only that gets the signals. */
async function insideProcess(outer: LongRunning): Promise<BoxProcess> {
  let pid: number | undefined;
  await until(
    async () => {
      pid = await onlyChildOf(outer.pid);
      return pid !== undefined || !outer.running();
    },
    READY_MS,
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
