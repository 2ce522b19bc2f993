import { readdirSync, readFileSync, statSync } from 'node:fs';
import { ageOf, createFiles, type Files, fingerprintOf, isAbsent } from './files.ts';

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
    list: async (directory) => (readIfPresent(directory, () => readdirSync(directory)) ?? []).sort(),
    exists: async (target) => statSync(target, QUIETLY) !== undefined,
    ageSeconds: async (file) => ageOf(statSync(file, QUIETLY)),
    fingerprint: async (file) => fingerprintOf(statSync(file, { bigint: true, ...QUIETLY })),
  };
}

/** An exception costs ten times as much as a stat, and most files that a heartbeat looks for never exist. */
const QUIETLY = { throwIfNoEntry: false } as const;

const readIfPresent = <Value>(target: string, read: () => Value): Value | undefined =>
  statSync(target, QUIETLY) === undefined ? undefined : orUndefined(read);

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
