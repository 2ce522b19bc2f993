import { type HaproxyText, readHaproxyBytes } from '../../domain/haproxy/haproxy-text.ts';
import type { Files } from '../files.ts';
import { createParsedFiles, type ParsedFiles } from '../parsed-files.ts';

/** The parsed haproxy configurations. */
export type HaproxyTexts = ParsedFiles<HaproxyText>;

export const createHaproxyTexts = (files: Pick<Files, 'fingerprint' | 'read'>): HaproxyTexts =>
  createParsedFiles(files, (file) => files.read(file), readHaproxyBytes);
