import type { Files } from './files.ts';

/** What files say. A file is read again only when it has changed, and once for readers at the same time. */
export interface ParsedFiles<Value> {
  /** Returns undefined when the file doesn't exist. */
  read(file: string): Promise<Value | undefined>;
}

/** @param content reads a file; undefined: it went away @param parse is called for each new content */
export function createParsedFiles<Content, Value>(
  files: Pick<Files, 'fingerprint'>,
  content: (file: string) => Promise<Content | undefined>,
  parse: (content: Content) => Value,
): ParsedFiles<Value> {
  const cached = new Map<
    string,
    { readonly fingerprint: string; readonly value: Promise<Value | undefined> }
  >();
  const readNow = async (file: string): Promise<Value | undefined> => {
    try {
      const found = await content(file);
      if (found !== undefined) return parse(found);
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
      if (fingerprint !== undefined && known?.fingerprint === fingerprint) return known.value;
      cached.delete(file);
      if (fingerprint === undefined) return undefined;
      // a file that was replaced after the fingerprint is read once more at the next call
      const value = readNow(file);
      cached.set(file, { fingerprint, value });
      return value;
    },
  };
}
