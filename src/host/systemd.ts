import path from 'node:path';
import { UNIT_DIRECTORY } from '../domain/paths.ts';
import type { ServiceDefinition } from '../domain/service-definitions.ts';
import { CommandFailed, type ServiceAction, ServiceFailed } from '../errors.ts';
import type { Argv, CommandRunner } from './command.ts';
import type { Files } from './files.ts';
import type { ServiceManager, ServiceState } from './services.ts';

/** systemd gives up a start or a stop after 90 s (DefaultTimeoutStartSec); its verdict is waited for. */
const ACTION_TIMEOUT_MS = 100_000;
const QUERY_TIMEOUT_MS = 20_000;
const UNIT_MODE = 0o644;
const WORDS_LIMIT = 8 * 1024;
/** systemctl's exit code for a unit that isn't there (systemctl(1), "Exit status"). */
const NO_SUCH_UNIT = 5;

export interface SystemdOptions {
  /** default: where the agent of Octavia has its units (contract section 5) */
  readonly unitDirectory?: string;
}

/** Services as systemd units, by `systemctl` and `journalctl`. */
export function createSystemdServices(
  commands: CommandRunner,
  files: Files,
  options: SystemdOptions = {},
): ServiceManager {
  const unitFile = (name: string): string =>
    path.join(options.unitDirectory ?? UNIT_DIRECTORY, unitName(name));

  const control = async (argument: string, name: string, okCodes: readonly number[] = [0]): Promise<void> => {
    await commands.run(['systemctl', '--no-ask-password', argument, unitName(name)], {
      timeoutMs: ACTION_TIMEOUT_MS,
      okCodes,
    });
  };
  const daemonReload = async (): Promise<void> => {
    await commands.run(['systemctl', 'daemon-reload'], { timeoutMs: ACTION_TIMEOUT_MS });
  };

  const act = async (action: ServiceAction, name: string): Promise<void> => {
    const since = new Date();
    try {
      await control(action, name, action === 'stop' ? [0, NO_SUCH_UNIT] : [0]);
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      if (isDone(error)) return;
      throw new ServiceFailed(action, name, await words(commands, error, name, since), { cause: error });
    }
  };

  return {
    kind: 'systemd',
    async install(definition) {
      const written = await writeUnit(files, unitFile(definition.name), definition);
      if (written || (await needsDaemonReload(commands, definition.name))) await daemonReload();
      return written ? 'written' : 'unchanged';
    },
    enable: (name) => control('enable', name),
    async remove(name) {
      await act('stop', name);
      if (!(await files.exists(unitFile(name)))) return;
      await control('disable', name);
      await files.remove(unitFile(name));
      await daemonReload();
      await control('reset-failed', name, [0, 1, NO_SUCH_UNIT]);
    },
    start: (name) => act('start', name),
    stop: (name) => act('stop', name),
    reload: (name) => act('reload', name),
    state: (name) => readState(commands, name),
    outputSince: (name, since) => printedSince(commands, name, since),
    async resume() {
      // systemd has kept them running.
    },
    async takeUp() {
      // It is systemd's, whoever asks.
    },
    close() {
      // It has no timers.
    },
  };
}

const unitName = (name: string): string => `${name}.service`;

async function writeUnit(files: Files, file: string, { unit }: ServiceDefinition): Promise<boolean> {
  if ((await files.readText(file)) === unit) return false;
  await files.write(file, unit, { mode: UNIT_MODE });
  return true;
}

async function show(
  commands: CommandRunner,
  name: string,
  properties: readonly string[],
): Promise<Map<string, string>> {
  const { stdout } = await commands.run(
    ['systemctl', 'show', `--property=${properties.join(',')}`, unitName(name)],
    { timeoutMs: QUERY_TIMEOUT_MS },
  );
  return new Map(
    stdout
      .split('\n')
      .map((line): [string, string] => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
}

/** An agent may have been killed between writing a unit and telling systemd. */
async function needsDaemonReload(commands: CommandRunner, name: string): Promise<boolean> {
  return (await show(commands, name, ['NeedDaemonReload'])).get('NeedDaemonReload') === 'yes';
}

const STATUS: Readonly<Record<string, ServiceState['status']>> = {
  active: 'active',
  reloading: 'active',
  activating: 'activating',
  failed: 'failed',
};

async function readState(commands: CommandRunner, name: string): Promise<ServiceState> {
  const shown = await show(commands, name, ['ActiveState', 'MainPID']);
  const pid = Number(shown.get('MainPID') ?? '0');
  return {
    status: STATUS[shown.get('ActiveState') ?? ''] ?? 'inactive',
    mainPid: pid > 0 ? pid : undefined,
  };
}

function isDone(failure: CommandFailed): boolean {
  return failure.output.includes('Job is already running');
}

/** What went wrong: systemctl's own words, and the journal's where systemctl only names the journal. */
async function words(
  commands: CommandRunner,
  failure: CommandFailed,
  name: string,
  since: Date,
): Promise<string> {
  if (failure.exitCode === undefined) return failure.message;
  if (!/journalctl|systemctl status/.test(failure.output)) return failure.output;
  return `${failure.output}${await printedSince(commands, name, since)}`;
}

async function printedSince(commands: CommandRunner, name: string, since: Date): Promise<string> {
  const journal = async (...args: string[]): Promise<string> => {
    const argv: Argv = ['journalctl', ...args];
    return (await commands.run(argv, { timeoutMs: QUERY_TIMEOUT_MS })).stdout;
  };
  try {
    await journal('--sync');
    const printed = await journal(
      '--no-pager',
      '--quiet',
      '--output=cat',
      `--since=@${since.getTime() / 1000}`,
      `_SYSTEMD_UNIT=${unitName(name)}`,
      '_TRANSPORT=stdout',
    );
    return printed.slice(-WORDS_LIMIT);
  } catch (error) {
    if (error instanceof CommandFailed) return '';
    throw error;
  }
}
