import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const packageJson = z.object({ author: z.object({ name: z.string(), email: z.email() }) });

/** The reserved domains, which nobody can own (RFC 2606, sections 2 and 3). */
const RESERVED = /(?:^|\.)(?:test|example|invalid|localhost|example\.(?:com|net|org))$/;

/** The person or group that is responsible for a package. */
export interface Maintainer {
  readonly name: string;
  readonly address: string;
}

/**
 * Returns the maintainer of a package: the author in package.json, unless the builder names another.
 * @param root folder of the sources
 * @returns `NAME <ADDRESS>`
 */
export async function readMaintainer(root: string, other: Partial<Maintainer> = {}): Promise<string> {
  const { author } = packageJson.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  return `${other.name ?? author.name} <${other.address ?? author.email}>`;
}

/** Returns whether the maintainer's address is a placeholder that no mail reaches. @param maintainer `NAME <ADDRESS>` */
export const isPlaceholder = (maintainer: string): boolean =>
  RESERVED.test(maintainer.replace(/^.*@|>$/g, ''));
