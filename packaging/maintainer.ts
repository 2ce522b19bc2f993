import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const packageJson = z.object({ author: z.object({ name: z.string(), email: z.email() }) });

/** The domains that nobody has (RFC 2606, sections 2 and 3). */
const RESERVED = /(?:^|\.)(?:test|example|invalid|localhost|example\.(?:com|net|org))$/;

/** Who answers for a package. */
export interface Maintainer {
  readonly name: string;
  readonly address: string;
}

/**
 * The maintainer of a package that is built here: the author of package.json, unless the builder names another.
 * @param root folder of the sources
 * @returns `NAME <ADDRESS>`
 */
export async function readMaintainer(root: string, other: Partial<Maintainer> = {}): Promise<string> {
  const { author } = packageJson.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  return `${other.name ?? author.name} <${other.address ?? author.email}>`;
}

/** Whether no mail reaches this maintainer. @param maintainer `NAME <ADDRESS>` */
export const isPlaceholder = (maintainer: string): boolean =>
  RESERVED.test(maintainer.replace(/^.*@|>$/g, ''));
