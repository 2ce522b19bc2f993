import { isRecord, textIn, wholeNumberIn } from '../text/json-shapes.ts';

/** A server: name of its backend and its own name. */
export interface ServerName {
  readonly backend: string;
  readonly server: string;
}

/** A server that a worker still lists, although no configuration in force names it. */
export interface AbsentServer extends ServerName {
  /** the words of its line from the address on, as the worker got them (ServerLine.words) */
  readonly words: readonly string[];
}

/**
 * What was changed in the running worker of one load balancer without a reload. The file is valid for one worker only: the
 * next one is started from the configuration on disk.
 */
export interface RunTimeRecord {
  /** process id of the worker */
  readonly worker: number;
  /** whether the agent is sending commands; true after a kill of the agent: then the worker's state is unknown */
  readonly isUnfinished: boolean;
  /** removed servers, which stay in maintenance, and servers that are being added; reports leave them out */
  readonly absent: readonly AbsentServer[];
  /** servers that the last change added; a report that began before the end of that change leaves them out */
  readonly added?: readonly ServerName[];
  /** md5 of the configurations that were put in force without a reload, the oldest first */
  readonly applied: readonly string[];
}

/** Writes the text of the file. */
export const serialiseRunTimeRecord = (record: RunTimeRecord): string => `${JSON.stringify(record)}\n`;

/** @returns undefined for a text that isn't a complete record, and without a text */
export function parseRunTimeRecord(text: string | undefined): RunTimeRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (!isRecord(value) || typeof value['isUnfinished'] !== 'boolean') return undefined;
    const { absent, applied, added = [] } = value;
    if (!Array.isArray(absent) || !Array.isArray(added) || !isTexts(applied)) return undefined;
    return {
      worker: wholeNumberIn(value, 'worker'),
      isUnfinished: value['isUnfinished'],
      absent: absent.map(absentServer),
      added: added.map(serverName),
      applied,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether two records say the same; undefined is a missing or damaged file. */
export const isSameRecord = (one: RunTimeRecord | undefined, other: RunTimeRecord | undefined): boolean =>
  one === other ||
  (one !== undefined && other !== undefined && serialiseRunTimeRecord(one) === serialiseRunTimeRecord(other));

function absentServer(value: unknown): AbsentServer {
  if (!isRecord(value) || !isTexts(value['words'])) throw new SyntaxError('not a server');
  return { ...serverName(value), words: value['words'] };
}

function serverName(value: unknown): ServerName {
  if (!isRecord(value)) throw new SyntaxError('not a server');
  return { backend: textIn(value, 'backend'), server: textIn(value, 'server') };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** Names of servers by name of their backend. */
export type ServerNames = ReadonlyMap<string, ReadonlySet<string>>;

export const NO_SERVERS: ServerNames = new Map();

export const hasServer = (names: ServerNames, { backend, server }: ServerName): boolean =>
  names.get(backend)?.has(server) === true;

/** Returns the name of a server as haproxy's commands have it. It serves as a key, too. */
export const serverKey = ({ backend, server }: ServerName): string => `${backend}/${server}`;

/**
 * Returns the servers that reports about a worker leave out.
 * @param worker process id of the worker that a report is about; undefined when it is unknown
 */
export const absentServers = (record: RunTimeRecord | undefined, worker: number | undefined): ServerNames =>
  absentInAny([record], worker);

/** Returns the servers that at least one of the records leaves out. @param worker as in absentServers() */
export function absentInAny(
  records: readonly (RunTimeRecord | undefined)[],
  worker: number | undefined,
): ServerNames {
  return serverNames(records.flatMap((record) => (isAbout(record, worker) ? record.absent : [])));
}

/** Whether a record is about a worker. @param worker process id; undefined when it is unknown */
export const isAbout = <Record extends { readonly worker: number }>(
  record: Record | undefined,
  worker: number | undefined,
): record is Record => record !== undefined && (worker === undefined || worker === record.worker);

/** Returns servers by name of their backend. */
export function serverNames(servers: readonly ServerName[]): ServerNames {
  const names = new Map<string, Set<string>>();
  for (const { backend, server } of servers) {
    const known = names.get(backend) ?? new Set();
    names.set(backend, known.add(server));
  }
  return names.size === 0 ? NO_SERVERS : names;
}
