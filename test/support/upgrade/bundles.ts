import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { packageFile } from '../../../src/domain/upgrade/bundle-form.ts';
import type { BundleManifest, BundlePackage } from '../../../src/domain/upgrade/bundle-manifest.ts';
import { bundleStream } from '../../../src/host/upgrade/bundle-writer.ts';

/** The keys of a test's bundles, and those of a stranger. */
export const BUNDLE_KEYS = generateKeyPairSync('ed25519');
export const FOREIGN_KEYS = generateKeyPairSync('ed25519');

/** A time at which the bundles of bundleManifest() are valid. */
export const BUNDLE_TIME = new Date('2026-11-20T12:00:00.000Z');

/** A package of a bundle, with content that need not be a package. */
export interface PackageSample extends Partial<BundlePackage> {
  readonly content: Buffer;
}

/** Three packages that are in order for the reader of a bundle, which does not look into them. */
export const PACKAGE_SAMPLES: readonly PackageSample[] = [
  { name: 'haproxy', content: Buffer.alloc(700, 'h'), from: '2.6.1-1' },
  { name: 'keepalived', version: '1:2.2.7-1+b2', content: Buffer.alloc(1024, 'k') },
  { name: 'amphora-agent', architecture: 'all', content: Buffer.from('a') },
];

/** @param others values that replace those of a bundle in order */
export function bundleManifest(
  samples: readonly PackageSample[],
  others: Partial<BundleManifest> = {},
): BundleManifest {
  return {
    format: 1,
    distribution: 'debian',
    suite: 'bookworm',
    architecture: 'amd64',
    created: '2026-11-01T00:00:00.000Z',
    expires: '2026-12-01T00:00:00.000Z',
    allowsDowngrade: false,
    packages: samples.map(packageOf),
    ...others,
  };
}

function packageOf({ content, ...given }: PackageSample, index: number): BundlePackage {
  const named = { name: `package${index}`, version: '1:2.0-1', architecture: 'amd64', ...given };
  return {
    file: packageFile(named),
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    from: undefined,
    ...named,
  };
}

/** Returns the bytes of a bundle. */
export const bundleOf = (
  samples: readonly PackageSample[],
  others: Partial<BundleManifest> = {},
  key: KeyObject = BUNDLE_KEYS.privateKey,
): Promise<Buffer> =>
  buffer(
    bundleStream(
      bundleManifest(samples, others),
      key,
      samples.map(({ content }) => [content]),
    ),
  );
