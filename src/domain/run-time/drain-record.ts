import { isRecord, recordsIn, textIn, wholeNumberIn } from '../text/json-shapes.ts';
import { isAbout, type ServerNames, serverNames } from './run-time-record.ts';

/** A member that is taken out of its pools until its connections end. */
export interface Drain {
  /** the member's id: the name of its servers */
  readonly member: string;
  /** names of the backends in which its server was in service before the drain */
  readonly backends: readonly string[];
  /** milliseconds since 1970 */
  readonly deadline: number;
  /** whether the sessions that are left at the deadline are closed */
  readonly cut: boolean;
  /** whether it has ended: the member is in maintenance */
  readonly isDrained: boolean;
}

/**
 * The drains of one load balancer. The file is valid for one worker only: the next one is started from the configuration on
 * disk, which knows no drain.
 */
export interface DrainRecord {
  /** process id of the worker */
  readonly worker: number;
  readonly drains: readonly Drain[];
}

/** Writes the text of the file. */
export const serialiseDrainRecord = (record: DrainRecord): string => `${JSON.stringify(record)}\n`;

/** @returns undefined for a text that isn't a complete record, and without a text */
export function parseDrainRecord(text: string | undefined): DrainRecord | undefined {
  // usually there is no file, and an exception costs a heartbeat more than most of its work
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    return {
      worker: wholeNumberIn(value, 'worker'),
      drains: recordsIn(value, 'drains').map((drain) => ({
        member: textIn(drain, 'member'),
        backends: textsIn(drain['backends']),
        deadline: wholeNumberIn(drain, 'deadline'),
        cut: flagIn(drain['cut']),
        isDrained: flagIn(drain['isDrained']),
      })),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new SyntaxError('not a list of texts');
}

function flagIn(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new SyntaxError('neither true nor false');
}

/** Returns the drain of a member in a record of this worker. */
export const drainOf = (
  record: DrainRecord | undefined,
  worker: number,
  member: string,
): Drain | undefined =>
  record?.worker === worker ? record.drains.find((drain) => drain.member === member) : undefined;

/**
 * Returns the record after a drain was added, changed or removed. Drains of another worker are left out.
 * @param next undefined: the member has no drain any more
 */
export function withDrain(
  record: DrainRecord | undefined,
  worker: number,
  member: string,
  next: Drain | undefined,
): DrainRecord {
  const others = record?.worker === worker ? record.drains.filter((drain) => drain.member !== member) : [];
  return { worker, drains: next === undefined ? others : [...others, next] };
}

/**
 * Returns the servers that reports about a worker show as `DRAIN`, although haproxy shows them as `MAINT`: their drain has
 * ended.
 * @param worker process id of the worker that a report is about; undefined when it is unknown
 */
export const drainedServers = (record: DrainRecord | undefined, worker: number | undefined): ServerNames =>
  serversOf(isAbout(record, worker) ? record.drains.filter(({ isDrained }) => isDrained) : []);

/** Returns the servers of a worker that have a drain, ended or not. @param worker its process id */
export const drainServers = (record: DrainRecord | undefined, worker: number): ServerNames =>
  serversOf(isAbout(record, worker) ? record.drains : []);

const serversOf = (drains: readonly Drain[]): ServerNames =>
  serverNames(
    drains.flatMap(({ member, backends }) => backends.map((backend) => ({ backend, server: member }))),
  );
