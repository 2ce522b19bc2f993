import { type BigIntStats, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import {
  ageOf,
  attributesOf,
  changeAgeOf,
  createFiles,
  type Files,
  fingerprintOf,
  isAbsent,
} from './files.ts';

/**
 * Creates files for a thread that may block: reads happen on that thread. Node's asynchronous reads share four threads
 * with the whole process, so four slow fsyncs of uploads would delay a heartbeat (measured). Writes are asynchronous all
 * the same.
 */
export function createUnpooledFiles(): Files {
  return {
    ...createFiles(),
    read: async (file) => readIfPresent(file, () => readFileSync(file)),
    readText: async (file) => readIfPresent(file, () => readFileSync(file, 'utf8')),
    list: async (directory) => (look(directory) === undefined ? [] : namesIn(directory)),
    exists: async (target) => look(target) !== undefined,
    ageSeconds: async (file) => ageOf(look(file)),
    changeAgeSeconds: async (file) => changeAgeOf(look(file)),
    fingerprint: async (file) => fingerprintOf(lookClosely(file)),
    attributes: async (target) => attributesOf(lookClosely(target)),
  };
}

/**
 * Returns a text as Files.fingerprint() does, from times in fractions of milliseconds: numbers of nanoseconds need twice the time.
 * Compare it only with texts of this function.
 */
export const quickFingerprint: Files['fingerprint'] = async (file) => shortFingerprintOf(look(file));

const shortFingerprintOf = (found: Stats | undefined): string | undefined =>
  found && `${found.ino}-${found.mtimeMs}-${found.size}`;

/** An exception costs ten times as much as a stat, and most files that a heartbeat looks for never exist. */
const QUIETLY = { throwIfNoEntry: false } as const;

/** Returns undefined when the file or directory doesn't exist. Blocks the thread. */
export const look = (target: string): Stats | undefined => orUndefined(() => statSync(target, QUIETLY));

/** Returns the times in nanoseconds too. */
const lookClosely = (target: string): BigIntStats | undefined =>
  orUndefined(() => statSync(target, { bigint: true, ...QUIETLY }));

/** Returns the names in a directory, sorted; none when it doesn't exist. Blocks the thread. */
export const namesIn = (directory: string): string[] =>
  (orUndefined(() => readdirSync(directory)) ?? []).sort();

const readIfPresent = <Value>(target: string, read: () => Value): Value | undefined =>
  look(target) === undefined ? undefined : orUndefined(read);

function orUndefined<Value>(read: () => Value | undefined): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
