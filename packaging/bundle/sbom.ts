import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { packageJson } from './third-party-licences.ts';

/** The fields of an installed package in package-lock.json (`packages`). */
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.string().optional() })),
});

export interface SbomRequest {
  /** folder of the sources */
  readonly root: string;
  readonly version: string;
  /** folders of the packages, relative to root */
  readonly packages: readonly string[];
}

/**
 * Returns the list of the agent's components in CycloneDX 1.6 (ECMA-424), as JSON. It contains neither a time nor a random
 * number, so that the same sources give the same text.
 */
export async function sbomText({ root, version, packages }: SbomRequest): Promise<string> {
  const lock = lockFile.parse(JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')));
  const components = await Promise.all(
    packages.map(async (folder) => {
      const content = await readPackage(root, folder);
      return component(content, lock.packages[lockedName(folder, content.name)]);
    }),
  );
  const agent = { type: 'application', 'bom-ref': 'amphora-agent', name: 'amphora-agent', version };
  const licences = [{ license: { id: 'Apache-2.0' } }];
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...agent, licenses: licences } },
    components,
    dependencies: [{ ref: 'amphora-agent', dependsOn: components.map((one) => one['bom-ref']) }],
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

/**
 * Returns the name of a package in package-lock.json: its path in the sources. A folder outside of node_modules holds a
 * package that was fetched for another processor.
 */
const lockedName = (folder: string, name: string): string => {
  const start = folder.indexOf('node_modules/');
  return start < 0 ? `node_modules/${name}` : folder.slice(start);
};

type Package = z.infer<typeof packageJson>;
type Locked = z.infer<typeof lockFile>['packages'][string];

async function readPackage(root: string, folder: string): Promise<Package> {
  return packageJson.parse(JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8')));
}

function component({ name, version, license }: Package, locked: Locked | undefined) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: [{ expression: license }],
    ...(locked?.integrity === undefined ? {} : { hashes: [sha512(locked.integrity)] }),
  };
}

/** Converts a checksum. @param integrity the form of package-lock.json: `sha512-` and Base64 */
function sha512(integrity: string): { readonly alg: string; readonly content: string } {
  const [, digest = ''] = /^sha512-(\S+)/.exec(integrity) ?? [];
  return { alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') };
}
