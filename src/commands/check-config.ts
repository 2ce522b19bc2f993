import { unreadableConfiguration } from '../config/configuration-errors.ts';
import { type ExaminedConfig, examineConfig, type OptionalConfig } from '../config/load-config.ts';
import { findingLine } from '../domain/self-test/finding.ts';
import { InvalidConfiguration } from '../errors.ts';
import { createCommandRunner } from '../host/command.ts';
import { createFiles, type Files } from '../host/files.ts';
import { createMachineCheck } from '../host/machine-check.ts';
import { createStartFacts } from '../host/start-facts.ts';
import { TLS_FILES } from '../http/server/tls-material.ts';
import { missingPrograms } from '../operations/amphora/self-test.ts';
import { startNotices } from '../operations/amphora/start-notices.ts';
import type { CommandOutcome } from './history.ts';

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs the command `check-config`. The output has a line for each fault of the configuration and of the certificate files
 * that it names. Lines that begin with `warning: ` follow, for options without effect and programs that are missing.
 * @returns exit code 0 if the agent can start with the configuration, 1 if it can't
 */
export async function runCheckConfig(file: string): Promise<CommandOutcome> {
  const { optional, faults, warnings } = await examineConfiguration(file);
  const notes = [...warnings, ...(optional === undefined ? [] : await machineNotes(file, optional))];
  const output = [...faults, ...notes.map((note) => `warning: ${note}`)];
  if (faults.length === 0) output.push(`${file}: the agent can start with it`);
  return { exitCode: faults.length === 0 ? 0 : 1, output: output.map((line) => `${line}\n`).join('') };
}

/** Returns what does not fit this machine: one line each. */
async function machineNotes(file: string, config: OptionalConfig): Promise<string[]> {
  const facts = createStartFacts(SEARCH_PATH);
  const machine = createMachineCheck(createFiles(), createCommandRunner(), facts);
  return [
    ...startNotices(config, facts).map((notice) => `${file}: ${notice}`),
    ...(await missingPrograms(config, machine)).map(findingLine),
  ];
}

/** The faults of a configuration and of the certificate files that it names. */
export interface ExaminedConfiguration {
  readonly usable: ExaminedConfig['usable'];
  /** undefined if the file can't be read */
  readonly optional: ExaminedConfig['optional'] | undefined;
  /** one line each; none if the agent can start */
  readonly faults: readonly string[];
  /** options without effect, one line each */
  readonly warnings: readonly string[];
}

/** Also examines the certificate files if options are wrong: a wrong option has its default meanwhile. */
export async function examineConfiguration(file: string): Promise<ExaminedConfiguration> {
  const files = createFiles();
  const { usable, optional, faults, warnings } = await examine(files, file);
  const lines = faults.map(({ message }) => message);
  if (optional !== undefined) lines.push(...(await tlsFaults(files, optional, file)));
  return { usable, optional, faults: lines, warnings };
}

type Examined = Pick<ExaminedConfig, 'usable' | 'faults' | 'warnings'> &
  Pick<ExaminedConfiguration, 'optional'>;

async function examine(files: Files, file: string): Promise<Examined> {
  try {
    const text = await files.readText(file);
    if (text === undefined) throw unreadableConfiguration(file, undefined);
    return examineConfig(file, text);
  } catch (error) {
    const fault = error instanceof InvalidConfiguration ? error : unreadableConfiguration(file, error);
    return { usable: undefined, optional: undefined, faults: [fault], warnings: [] };
  }
}

async function tlsFaults(files: Files, config: OptionalConfig, file: string): Promise<string[]> {
  const faults: string[] = [];
  for (const read of Object.values(TLS_FILES)) {
    try {
      await read(files, config, file);
    } catch (error) {
      if (!(error instanceof InvalidConfiguration)) throw error;
      faults.push(error.message);
    }
  }
  return faults;
}
