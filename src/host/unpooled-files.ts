import { readdirSync, readFileSync, statSync } from 'node:fs';
import { ageOf, createFiles, type Files, fingerprintOf, isAbsent } from './files.ts';

/**
 * Files for a thread that may block: reading happens on that thread. Node's other way to read shares four threads with
 * the whole process, and four slow fsyncs of uploads would hold up a heartbeat (measured). Writing goes that way all the same.
 */
export function createUnpooledFiles(): Files {
  return {
    ...createFiles(),
    read: async (file) => orUndefined(() => readFileSync(file)),
    readText: async (file) => orUndefined(() => readFileSync(file, 'utf8')),
    list: async (directory) => (orUndefined(() => readdirSync(directory)) ?? []).sort(),
    exists: async (target) => orUndefined(() => statSync(target)) !== undefined,
    ageSeconds: async (file) => ageOf(orUndefined(() => statSync(file))),
    fingerprint: async (file) => fingerprintOf(orUndefined(() => statSync(file, { bigint: true }))),
  };
}

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
