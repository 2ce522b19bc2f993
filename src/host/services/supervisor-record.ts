import path from 'node:path';
import type { Program } from '../../domain/program.ts';
import type { SupervisedProcess } from '../../domain/service-definitions.ts';
import type { Files } from '../files.ts';

/** The stored state of a service, which outlives the agent. */
export interface SupervisorRecord {
  readonly name: string;
  readonly supervised: SupervisedProcess;
  /** started at every boot */
  readonly enabled: boolean;
  readonly wanted: 'running' | 'stopped';
  /** the boot in which it was last started or stopped on purpose (ProcessTable.bootMark); empty before that */
  readonly boot: string;
}

/** The stored records, one `NAME.json` for each service. */
export interface RecordStore {
  /** Returns every readable record, and the names of the unreadable files. */
  load(): Promise<{ records: SupervisorRecord[]; unreadable: string[] }>;
  save(record: SupervisorRecord): Promise<void>;
  /** Removes the record, the log and the pipe. */
  remove(name: string): Promise<void>;
  logFile(name: string): string;
  pipeFile(name: string): string;
}

const RECORD_MODE = 0o600;
const ENDING = '.json';

/** @param directory created at the first save */
export function createRecordStore(files: Files, directory: string): RecordStore {
  const recordFile = (name: string): string => path.join(directory, `${name}${ENDING}`);
  const logFile = (name: string): string => path.join(directory, `${name}.log`);
  const pipeFile = (name: string): string => path.join(directory, `${name}.pipe`);
  return {
    logFile,
    pipeFile,
    async load() {
      const names = (await files.list(directory)).filter((name) => name.endsWith(ENDING));
      const records: SupervisorRecord[] = [];
      const unreadable: string[] = [];
      for (const file of names) {
        const record = parseRecord((await files.readText(path.join(directory, file))) ?? '');
        if (record !== undefined && `${record.name}${ENDING}` === file) records.push(record);
        else unreadable.push(file);
      }
      return { records, unreadable };
    },
    async save(record) {
      await files.makeDirectory(directory);
      await files.write(recordFile(record.name), `${JSON.stringify(record, undefined, 2)}\n`, {
        mode: RECORD_MODE,
      });
    },
    async remove(name) {
      await files.remove(recordFile(name));
      await files.remove(logFile(name));
      await files.remove(pipeFile(name));
    },
  };
}

/** @returns undefined for a text that isn't a complete record */
export function parseRecord(text: string): SupervisorRecord | undefined {
  const value = parseJson(text);
  if (!isObject(value) || !isSupervised(value['supervised'])) return undefined;
  const { name, supervised, enabled, wanted, boot } = value;
  if (typeof name !== 'string' || typeof enabled !== 'boolean' || typeof boot !== 'string') return undefined;
  if (wanted !== 'running' && wanted !== 'stopped') return undefined;
  return { name, supervised, enabled, wanted, boot };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isProgram = (value: unknown): value is Program =>
  Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string');

const isEnvironment = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((text) => typeof text === 'string');

function isSupervised(value: unknown): value is SupervisedProcess {
  if (!isObject(value)) return false;
  const { namespace, command, checks, pidFile, forks, reloadSignal, environment, openFiles } = value;
  return (
    (namespace === null || typeof namespace === 'string') &&
    isProgram(command) &&
    Array.isArray(checks) &&
    checks.every(isProgram) &&
    typeof pidFile === 'string' &&
    typeof forks === 'boolean' &&
    (reloadSignal === 'SIGUSR2' || reloadSignal === 'SIGHUP') &&
    isEnvironment(environment) &&
    (openFiles === null || typeof openFiles === 'number')
  );
}
