import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** The fields of package.json that the licences and the list of components use. */
export const packageJson = z.object({ name: z.string(), version: z.string(), license: z.string() });

/**
 * Returns the licences of the packages in a bundle as one text, because they must accompany every copy.
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
