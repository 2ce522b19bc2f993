import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UNIT_DIRECTORY } from '../../domain/paths.ts';
import type { ServiceDefinition } from '../../domain/service-definitions.ts';
import { startMark } from '../../domain/start-pause.ts';
import { CommandFailed, type ServiceAction, ServiceFailed, WriteFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import type { ServiceManager, ServiceState } from './services.ts';
import { loggedByEnded, loggedSince, printedSince } from './unit-journal.ts';
import { createUnitRuns } from './unit-runs.ts';

/** systemd gives up a start or a stop after 90 s (DefaultTimeoutStartSec). The agent waits for that result. */
const ACTION_TIMEOUT_MS = 100_000;
const QUERY_TIMEOUT_MS = 20_000;
/** Each query takes a tenth of a second of a slow processor, which the job needs too. So the pauses between queries double. */
const FIRST_JOB_PAUSE_MS = 250;
const LONGEST_JOB_PAUSE_MS = 2000;
const UNIT_MODE = 0o644;
/** The first line of every unit from this agent. */
const AUTHOR = '# Written by amphora-agent.';
/** The directory of the links to enabled units, for units with WantedBy=multi-user.target. */
const ENABLED_DIRECTORY = '/etc/systemd/system/multi-user.target.wants';
/** systemctl's exit code for a unit that doesn't exist (systemctl(1), "Exit status"). */
const NO_SUCH_UNIT = 5;
/** systemctl's exit code when it resets a unit that systemd has not loaded. */
const UNIT_NOT_LOADED = 1;

export interface SystemdOptions {
  /** default: the directory that Octavia's Python agent uses (docs/contract.md, section 5) */
  readonly unitDirectory?: string;
}

/** Creates a manager whose services are systemd units. It runs `systemctl` and `journalctl`. */
export function createSystemdServices(
  commands: CommandRunner,
  files: Files,
  options: SystemdOptions = {},
): ServiceManager {
  const unitFile = (name: string): string =>
    path.join(options.unitDirectory ?? UNIT_DIRECTORY, unitName(name));

  const ensureRead = createEnsureRead(commands, files, unitFile);
  const control = async (argument: string, name: string, okCodes: readonly number[] = [0]): Promise<void> => {
    await commands.run(['systemctl', '--no-ask-password', argument, unitName(name)], {
      timeoutMs: ACTION_TIMEOUT_MS,
      okCodes,
    });
  };
  const act = async (action: ServiceAction, name: string, verb: string = action): Promise<void> => {
    const since = new Date();
    try {
      await control(verb, name, action === 'stop' ? [0, NO_SUCH_UNIT] : [0]);
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      if (isDone(error)) return;
      throw new ServiceFailed(action, name, await failureText(commands, error, name, since), {
        cause: error,
      });
    }
  };
  /** Makes a failed unit inactive, and forgets how often it was started. */
  const forgetFailure = (name: string): Promise<void> =>
    control('reset-failed', name, [0, UNIT_NOT_LOADED, NO_SUCH_UNIT]);

  return {
    kind: 'systemd',
    async install(definition) {
      const written = await writeUnit(files, unitFile(definition.name), definition);
      await ensureRead(definition.name, written);
      return written === 'unchanged' ? 'unchanged' : 'written';
    },
    ...inspectionOf(files, unitFile),
    async enable(name) {
      if (!(await makeEnabledLink(files, name, unitFile(name)))) await control('enable', name);
    },
    async remove(name) {
      await act('stop', name);
      if (!(await files.exists(unitFile(name)))) return;
      await control('disable', name);
      await files.remove(unitFile(name));
      await daemonReload(commands);
      await forgetFailure(name);
      await files.remove(startMark(name));
    },
    start: (name) => startUnit(name, { commands, files, act, forgetFailure }),
    async stop(name) {
      await act('stop', name);
      // a unit that had failed stays so, as if it should run
      await forgetFailure(name);
    },
    reload: (name) => act('reload', name),
    ...observed(commands),
    async resume() {
      // Nothing to do: systemd kept the services running while the agent was down.
    },
    async track() {
      // Nothing to do: systemd tracks the service for every process.
    },
    ...createUnitRuns(),
  };
}

interface StartTools {
  readonly commands: CommandRunner;
  readonly files: Files;
  act(action: ServiceAction, name: string, verb?: string): Promise<void>;
  forgetFailure(name: string): Promise<void>;
}

async function startUnit(name: string, { commands, files, act, forgetFailure }: StartTools): Promise<void> {
  const isRetried = await files.exists(startMark(name));
  await files.remove(startMark(name));
  // systemd would wait for the next attempt of its own, and give its outcome for that of this start
  const isWaiting = isRetried && (await readState(commands, name)).status === 'activating';
  const start = (): Promise<void> => act('start', name, isWaiting ? 'restart' : 'start');
  try {
    await start();
  } catch (error) {
    if (!(await hasStartLimit(commands, name).catch(() => false))) throw error;
    // systemd may have refused it after too many starts
    await forgetFailure(name);
    await start();
  }
}

/** The methods that look at services and change nothing. */
function observed(
  commands: CommandRunner,
): Pick<
  ServiceManager,
  'state' | 'settled' | 'outputSince' | 'outputMark' | 'outputAfter' | 'outputOfEnded'
> {
  return {
    state: (name) => readState(commands, name),
    async settled(name) {
      const end = performance.now() + ACTION_TIMEOUT_MS;
      let pauseMs = FIRST_JOB_PAUSE_MS;
      while ((await hasJob(commands, name)) && performance.now() < end) {
        await delay(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_JOB_PAUSE_MS);
      }
    },
    outputSince: (name, { at }) => printedSince(commands, name, at),
    outputMark: async () => ({ at: new Date(), length: 0 }),
    outputAfter: (name, { at }) => loggedSince(commands, name, at),
    async outputOfEnded(name, { at }) {
      const mainPid = shownPid(await show(commands, name, ['ExecMainPID']), 'ExecMainPID');
      return loggedByEnded(commands, name, { since: at, mainPid });
    },
  };
}

function inspectionOf(
  files: Files,
  unitFile: (name: string) => string,
): Pick<ServiceManager, 'inspect' | 'definitionFiles'> {
  return {
    async inspect({ name, unit }) {
      const present = await files.readText(unitFile(name));
      if (present === undefined) return 'missing';
      if (present !== unit) return present.startsWith(AUTHOR) ? 'other' : 'foreign';
      return (await isEnabled(files, name)) ? 'same' : 'disabled';
    },
    definitionFiles: (name) => [unitFile(name), enabledLink(name)],
  };
}

/**
 * Returns a function that makes systemd reload its units if it has read another text of a unit. A new unit needs no reload:
 * systemd reads it when it is first mentioned.
 */
function createEnsureRead(commands: CommandRunner, files: Files, unitFile: (name: string) => string) {
  const known = new Map<string, string | undefined>();
  /** Returns whether systemd may have read another text of the unit. */
  const wasRead = async (name: string, written: WrittenUnit): Promise<boolean> => {
    if (written !== 'unchanged' && (await isEnabled(files, name))) return true;
    return written !== 'new' && needsDaemonReload(commands, name);
  };
  return async (name: string, written: WrittenUnit): Promise<void> => {
    const fingerprint = await files.fingerprint(unitFile(name));
    const isKnown = written === 'unchanged' && known.get(name) === fingerprint;
    if (!isKnown && (await wasRead(name, written))) await daemonReload(commands);
    known.set(name, fingerprint);
  };
}

const enabledLink = (name: string): string => path.join(ENABLED_DIRECTORY, unitName(name));

const isEnabled = (files: Files, name: string): Promise<boolean> => files.exists(enabledLink(name));

/**
 * Enables a unit with WantedBy=multi-user.target by the link that `systemctl enable` makes. `systemctl enable` would also make
 * systemd reload all units, even when nothing changes.
 * @returns false when the directory can't be written: a drop-in of the agent's unit may deny it to the agent, but not to systemd
 */
async function makeEnabledLink(files: Files, name: string, unitFile: string): Promise<boolean> {
  if (await isEnabled(files, name)) return true;
  try {
    await files.makeDirectory(ENABLED_DIRECTORY);
    await files.link(unitFile, enabledLink(name));
    return true;
  } catch (error) {
    if (error instanceof WriteFailed) return false;
    throw error;
  }
}

async function daemonReload(commands: CommandRunner): Promise<void> {
  await commands.run(['systemctl', 'daemon-reload'], { timeoutMs: ACTION_TIMEOUT_MS });
}

const unitName = (name: string): string => `${name}.service`;

/** `new`: there was no file. */
type WrittenUnit = 'new' | 'changed' | 'unchanged';

async function writeUnit(files: Files, file: string, { unit }: ServiceDefinition): Promise<WrittenUnit> {
  const present = await files.readText(file);
  if (present === unit) return 'unchanged';
  await files.write(file, unit, { mode: UNIT_MODE });
  return present === undefined ? 'new' : 'changed';
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

/** Returns whether systemd knows an old text of the unit: the agent may have been killed after it wrote the unit. */
async function needsDaemonReload(commands: CommandRunner, name: string): Promise<boolean> {
  return (await show(commands, name, ['NeedDaemonReload'])).get('NeedDaemonReload') === 'yes';
}

/** Returns whether systemd has queued or begun a start, stop or restart of the unit. */
async function hasJob(commands: CommandRunner, name: string): Promise<boolean> {
  return Number((await show(commands, name, ['Job'])).get('Job') ?? '0') > 0;
}

/** Returns whether systemd refuses starts of the unit after some. The agent's own units have no limit. */
async function hasStartLimit(commands: CommandRunner, name: string): Promise<boolean> {
  const interval = (await show(commands, name, ['StartLimitIntervalUSec'])).get('StartLimitIntervalUSec');
  return interval !== undefined && interval !== '0';
}

const STATUS: Readonly<Record<string, ServiceState['status']>> = {
  active: 'active',
  reloading: 'active',
  activating: 'activating',
  failed: 'failed',
};

/** Returns the number of a process that systemd shows; it shows 0 if there is none. */
function shownPid(
  shown: ReadonlyMap<string, string>,
  property: 'MainPID' | 'ExecMainPID',
): number | undefined {
  const pid = Number(shown.get(property) ?? '0');
  return pid > 0 ? pid : undefined;
}

async function readState(commands: CommandRunner, name: string): Promise<ServiceState> {
  const shown = await show(commands, name, ['ActiveState', 'MainPID', 'Job']);
  const status = STATUS[shown.get('ActiveState') ?? ''] ?? 'inactive';
  return {
    status,
    mainPid: shownPid(shown, 'MainPID'),
    ...(status === 'inactive' && Number(shown.get('Job') ?? '0') > 0 ? { isStartQueued: true } : {}),
  };
}

function isDone(failure: CommandFailed): boolean {
  return failure.output.includes('Job is already running');
}

/** Returns the output of systemctl. Adds the service's lines in the journal when systemctl only refers to the journal. */
async function failureText(
  commands: CommandRunner,
  failure: CommandFailed,
  name: string,
  since: Date,
): Promise<string> {
  if (failure.exitCode === undefined) return failure.message;
  if (!/journalctl|systemctl status/.test(failure.output)) return failure.output;
  return `${failure.output}${await printedSince(commands, name, since)}`;
}
