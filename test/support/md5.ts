import { createHash } from 'node:crypto';

/** Returns the ETag of a text. */
export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
