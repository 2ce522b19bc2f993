import { readdirSync, readFileSync, statSync } from 'node:fs';
import { ageOf, createFiles, type Files, fingerprintOf, isAbsent } from './files.ts';

/**
 * Files for a thread that may block: reading happens on that thread. Node's other way to read shares four threads with
 * the whole process, and four slow fsyncs of uploads would hold up a heartbeat (measured). Writing goes that way all the same.
 */
export function createUnpooledFiles(): Files {
  return {
    ...createFiles(),
    read: async (file) => whereThere(file, () => readFileSync(file)),
    readText: async (file) => whereThere(file, () => readFileSync(file, 'utf8')),
    list: async (directory) => (whereThere(directory, () => readdirSync(directory)) ?? []).sort(),
    exists: async (target) => statSync(target, QUIETLY) !== undefined,
    ageSeconds: async (file) => ageOf(statSync(file, QUIETLY)),
    fingerprint: async (file) => fingerprintOf(statSync(file, { bigint: true, ...QUIETLY })),
  };
}

/** An exception costs ten times what asking first does, and most of what a beat looks for is never there. */
const QUIETLY = { throwIfNoEntry: false } as const;

const whereThere = <Value>(target: string, read: () => Value): Value | undefined =>
  statSync(target, QUIETLY) === undefined ? undefined : orUndefined(read);

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
