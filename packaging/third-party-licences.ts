import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** What both the licences and the list of components read of a package. */
export const packageJson = z.object({ name: z.string(), version: z.string(), license: z.string() });

/**
 * The licences of the packages in a bundle, as one text: they ask to go with every copy.
 * @param packages folders, relative to root
 * @throws Error for a package without a licence
 */
export async function thirdPartyLicences(root: string, packages: readonly string[]): Promise<string> {
  const parts = await Promise.all(packages.map((folder) => licenceOf(path.join(root, folder))));
  return parts.join('\n');
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = packageJson.parse(
    JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')),
  );
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : await readFile(path.join(folder, file), 'utf8');
  return `== ${name} ${version} (${license})\n\n${text.trim()}\n`;
}
