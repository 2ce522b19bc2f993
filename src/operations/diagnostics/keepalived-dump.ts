import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { handlesSignal } from '../../domain/diagnostics/signal-mask.ts';
import { KEEPALIVED_SERVICE, UNIT_DIRECTORY } from '../../domain/paths.ts';
import type { UnderWay } from '../under-way.ts';
import type { DiagnosticsContext } from './part.ts';

const PROGRAM = '/usr/sbin/keepalived';
const COMMAND_MS = 2_000;
const DUMP_MS = 2_000;
const POLL_MS = 50;
/** The name that keepalived gives to its dump in the directory of TMPDIR. */
const DUMP = 'keepalived.json';

type DumpContext = Pick<DiagnosticsContext, 'host' | 'paths'>;

/**
 * Has keepalived for VRRP write its state as JSON into its own directory, which only root can read, and removes the file.
 * The dump has the password of VRRP.
 * @param underWay concurrent calls of an agent share a dump, because keepalived writes all of them to one file; default: a
 * command beside the agent, which makes one call
 * @throws Error that says why there is no dump. keepalived is never signalled unless the running process handles the signal
 */
export function keepalivedDump(
  context: DumpContext,
  underWay: Pick<UnderWay, 'keepalivedDump'> = { keepalivedDump: undefined },
): Promise<string> {
  underWay.keepalivedDump ??= newDump(context).finally(() => {
    underWay.keepalivedDump = undefined;
  });
  return underWay.keepalivedDump;
}

async function newDump(context: DumpContext): Promise<string> {
  const { host, paths } = context;
  const pid = await host.processes.runningPid(paths.vrrp.pidFile, 'keepalived');
  if (pid === undefined) throw new Error('keepalived does not run');
  if (!(await dumpsIntoDirectory(context, pid))) {
    throw new Error(
      'keepalived would write its dump to /tmp: it needs a restart with the unit of this agent',
    );
  }
  const signal = await jsonSignal(context);
  if (!handlesSignal((await host.files.readText(`/proc/${pid}/status`)) ?? '', signal)) {
    throw new Error('the running keepalived has no handler for the signal of the dump');
  }
  const file = path.join(paths.vrrp.directory, DUMP);
  try {
    await host.files.remove(file);
    await host.commands.run(['kill', `-${signal}`, `${pid}`], { timeoutMs: COMMAND_MS });
    return await written(context, file);
  } finally {
    await host.files.remove(file);
  }
}

async function jsonSignal({ host }: DumpContext): Promise<number> {
  const { stdout } = await host.commands.run([PROGRAM, '--signum=JSON'], { timeoutMs: COMMAND_MS });
  const signal = Number(stdout.trim());
  if (!Number.isInteger(signal) || signal < 1) throw new Error('this build of keepalived has no JSON dump');
  return signal;
}

/**
 * Returns whether the running keepalived got its directory as TMPDIR. The agent's unit may not read the environment of
 * another service. Then the process must be younger than a unit with that setting.
 */
async function dumpsIntoDirectory({ host, paths }: DumpContext, pid: number): Promise<boolean> {
  const setting = `TMPDIR=${paths.vrrp.directory}`;
  const environment = await host.files.readText(`/proc/${pid}/environ`).catch(() => undefined);
  if (environment !== undefined) return environment.split('\0').includes(setting);
  const unit = path.join(UNIT_DIRECTORY, `${KEEPALIVED_SERVICE}.service`);
  const text = (await host.files.readText(unit)) ?? '';
  const [process, file] = [await host.processes.ageSeconds(pid), await host.files.ageSeconds(unit)];
  return text.includes(setting) && process !== undefined && file !== undefined && process < file;
}

/** Waits for the whole dump. @throws Error when it does not appear in time */
async function written({ host }: DumpContext, file: string): Promise<string> {
  const end = performance.now() + DUMP_MS;
  while (performance.now() < end) {
    const text = await host.files.readText(file);
    if (text !== undefined && isJson(text)) return text;
    await delay(POLL_MS);
  }
  throw new Error(`keepalived wrote no dump within ${DUMP_MS} ms`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
