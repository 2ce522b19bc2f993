import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A shorter line of a PEM may occur in other texts too. */
const PEM_LINE = /^[A-Za-z0-9+/]{32,}={0,2}$/;
const PEM_BLOCK = /-----BEGIN [A-Z0-9 ]+-----[\s\S]+?-----END [A-Z0-9 ]+-----/g;

/**
 * What of keys, certificates and other secrets stands in a log.
 * @param directory whose files, at any depth, hold every PEM that was used
 * @param others secrets of other kinds
 */
export async function loggedSecrets(
  log: string,
  directory: string,
  others: readonly string[],
): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'utf8')),
  );
  const lines = texts
    .flatMap((text) => text.match(PEM_BLOCK) ?? [])
    .flatMap((block) => block.split('\n'))
    .filter((line) => PEM_LINE.test(line));
  return [...new Set([...lines, ...others])].filter((secret) => log.includes(secret));
}
