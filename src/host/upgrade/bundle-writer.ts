import { createHash, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import {
  type BundleManifest,
  MANIFEST_ENTRY,
  SIGNATURE_BYTES,
  SIGNATURE_ENTRY,
} from '../../domain/upgrade/bundle-manifest.ts';
import { BundleNotMade } from '../../domain/upgrade/bundle-refused.ts';
import { manifestText, signManifest } from '../../domain/upgrade/manifest-text.ts';
import { packTar, type TarEntry } from './bundle-tar.ts';

/** The size in bytes and the sha256 of a file, in hexadecimal digits. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Reads a file to its end. @throws the error of the read */
export async function digestOf(file: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of createReadStream(file)) {
    hash.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * Returns a signed bundle as a stream, which bundle-reader.ts reads. Equal manifests, keys and packages give equal bundles.
 * @param contents the packages, in the order of the manifest
 * @returns a stream that fails if a package doesn't have its size
 */
export function bundleStream(
  manifest: BundleManifest,
  key: KeyObject,
  contents: readonly TarEntry['content'][],
): Readable {
  const text = Buffer.from(manifestText(manifest));
  const packages = manifest.packages.map(({ file, bytes }, index) => ({
    name: file,
    size: bytes,
    content: contents[index] ?? [],
  }));
  return packTar([
    { name: MANIFEST_ENTRY, size: text.length, content: [text] },
    { name: SIGNATURE_ENTRY, size: SIGNATURE_BYTES, content: [signManifest(text, key)] },
    ...packages,
  ]);
}

/** Returns the content of a package. It fails when the file is no longer what the manifest says. @throws BundleNotMade */
export async function* unchangedFile(
  file: string,
  { bytes, sha256 }: FileDigest,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  // not beyond the size in the manifest, for the case that the file grows
  for await (const part of createReadStream(file, { end: bytes - 1 })) {
    hash.update(part);
    yield part;
  }
  if (hash.digest('hex') !== sha256) {
    throw new BundleNotMade(`${file} has changed while the bundle was made: run the command again`);
  }
}
