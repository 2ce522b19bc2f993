import { writeFile } from 'node:fs/promises';
import { bundleId, manifestText } from '../../../src/domain/upgrade/manifest-text.ts';
import { bundleManifest, bundleOf } from '../upgrade/bundles.ts';

const VALID_MS = 3_600_000;

/** Writes a bundle that is valid for an hour. @param bytes size of its package @returns its id */
export async function writeFleetBundle(file: string, bytes: number): Promise<string> {
  const samples = [{ name: 'haproxy', content: Buffer.alloc(bytes, 'h') }];
  const times = {
    created: new Date().toISOString(),
    expires: new Date(Date.now() + VALID_MS).toISOString(),
  };
  await writeFile(file, await bundleOf(samples, times));
  return bundleId(manifestText(bundleManifest(samples, times)));
}
