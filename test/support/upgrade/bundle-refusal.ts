import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { BundleRefused } from '../../../src/domain/upgrade/bundle-refused.ts';
import { type BundleTerms, readBundle } from '../../../src/host/upgrade/bundle-reader.ts';
import { parseBundleManifest } from '../../../src/schemas/bundle-manifest.ts';
import { BUNDLE_KEYS, BUNDLE_TIME } from './bundles.ts';

/** Terms under which the bundles of bundleOf() are accepted. */
export const BUNDLE_TERMS: BundleTerms = {
  publicKey: BUNDLE_KEYS.publicKey,
  now: BUNDLE_TIME,
  parseManifest: parseBundleManifest,
};

/** Returns a content as a stream of chunks of a size. */
export const inParts = (content: Buffer, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
      content.subarray(index * size, (index + 1) * size),
    ),
  );

/** Returns the fault and the message with which a bundle is refused, and expects that nothing of it was kept. */
export async function refusalOf(content: Buffer, terms: Partial<BundleTerms> = {}): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'bundle-'));
  try {
    const error = await readBundle(inParts(content, 300), { ...BUNDLE_TERMS, ...terms, directory }).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof BundleRefused)) throw new Error('not refused', { cause: error });
    expect(readdirSync(directory)).toEqual([]);
    return `${error.fault}: ${error.message}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
