import type { Files } from './files.ts';

/** What files say. A file is read again only when it has changed. */
export interface ParsedFiles<Value> {
  /** Returns undefined when the file doesn't exist. */
  read(file: string): Promise<Value | undefined>;
}

/** @param parse is called for each new content; undefined: the file went away during the read */
export function createParsedFiles<Value>(
  files: Pick<Files, 'fingerprint' | 'readText'>,
  parse: (text: string | undefined) => Value,
): ParsedFiles<Value> {
  const cached = new Map<string, { readonly fingerprint: string; readonly value: Value }>();
  return {
    async read(file) {
      const fingerprint = await files.fingerprint(file);
      if (fingerprint === undefined) {
        cached.delete(file);
        return undefined;
      }
      const known = cached.get(file);
      if (known?.fingerprint === fingerprint) return known.value;
      // a file that was replaced after the fingerprint is read once more at the next call
      const value = parse(await files.readText(file));
      cached.set(file, { fingerprint, value });
      return value;
    },
  };
}
