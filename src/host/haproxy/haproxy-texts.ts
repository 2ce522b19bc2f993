import { type HaproxyText, readHaproxyBytes } from '../../domain/haproxy/haproxy-text.ts';
import type { Files } from '../files.ts';

/** The parsed haproxy configurations. A file is read again only when it has changed. */
export interface HaproxyTexts {
  /** Returns undefined when the file doesn't exist. */
  read(file: string): Promise<HaproxyText | undefined>;
}

export function createHaproxyTexts(files: Pick<Files, 'fingerprint' | 'read'>): HaproxyTexts {
  const cached = new Map<string, { fingerprint: string; text: Promise<HaproxyText | undefined> }>();
  const parse = async (file: string): Promise<HaproxyText | undefined> => {
    try {
      const content = await files.read(file);
      if (content !== undefined) return readHaproxyBytes(content);
    } catch (error) {
      cached.delete(file);
      throw error;
    }
    cached.delete(file);
    return undefined;
  };
  return {
    async read(file) {
      const fingerprint = await files.fingerprint(file);
      const known = cached.get(file);
      if (fingerprint !== undefined && known?.fingerprint === fingerprint) return known.text;
      cached.delete(file);
      if (fingerprint === undefined) return undefined;
      const text = parse(file);
      cached.set(file, { fingerprint, text });
      return text;
    },
  };
}
