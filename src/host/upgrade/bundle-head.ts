import { open } from 'node:fs/promises';
import { TAR_BLOCK } from '../../domain/upgrade/bundle-form.ts';
import { MANIFEST_ENTRY, MOST_MANIFEST_BYTES } from '../../domain/upgrade/bundle-manifest.ts';
import { BundleRefused } from '../../domain/upgrade/bundle-refused.ts';
import { manifestSizeIn } from './manifest-header.ts';

/** The beginning of a bundle's file. Its signature was not verified. */
export interface BundleHead {
  /** text of the manifest */
  readonly manifest: Buffer;
  /** size of the file */
  readonly bytes: number;
}

/** Reads the manifest of a bundle, and nothing behind it. @throws BundleRefused, and the error of the file */
export async function readBundleHead(file: string): Promise<BundleHead> {
  const handle = await open(file, 'r');
  try {
    const { size: bytes } = await handle.stat();
    const header = Buffer.alloc(TAR_BLOCK);
    await handle.read(header, 0, TAR_BLOCK, 0);
    const size = await manifestSizeIn(header);
    if (size === undefined || size > MOST_MANIFEST_BYTES)
      throw new BundleRefused(
        'malformed',
        `not a bundle of amphora-agent: its first entry is not ${MANIFEST_ENTRY}; make it by amphora-agent bundle`,
      );
    const manifest = Buffer.alloc(size);
    await handle.read(manifest, 0, size, TAR_BLOCK);
    return { manifest, bytes };
  } finally {
    await handle.close();
  }
}
