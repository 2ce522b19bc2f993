import path from 'node:path';

/** The directory of this repository. */
export const REPOSITORY = path.resolve(import.meta.dirname, '..');
