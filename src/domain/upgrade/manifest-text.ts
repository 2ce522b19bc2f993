import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { type BundleManifest, SIGNED_PREFIX } from './bundle-manifest.ts';

const ID_DIGITS = 16;

/**
 * Returns the text of a manifest, in JSON. Equal manifests have equal texts: the keys have a fixed order, and a line ends each
 * text. schemas/bundle-manifest.ts parses it.
 */
export function manifestText(manifest: BundleManifest): string {
  const { format, distribution, suite, architecture, created, expires, allowsDowngrade, packages } = manifest;
  const content = {
    ...{ format, distribution, suite, architecture, created, expires },
    allow_downgrade: allowsDowngrade,
    packages: packages.map((one) => ({
      name: one.name,
      version: one.version,
      architecture: one.architecture,
      file: one.file,
      bytes: one.bytes,
      sha256: one.sha256,
      ...(one.from === undefined ? {} : { from: one.from }),
    })),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Returns the id of a bundle: the first 16 hexadecimal digits of the sha256 of its manifest. */
export const bundleId = (manifest: string | Uint8Array): string =>
  createHash('sha256').update(manifest).digest('hex').slice(0, ID_DIGITS);

/** Returns the ed25519 signature (RFC 8032) of a manifest, 64 bytes. @param key an ed25519 private key */
export const signManifest = (manifest: Uint8Array, key: KeyObject): Buffer =>
  sign(null, signedBytes(manifest), key);

/** Returns whether a key signed a manifest. @param key an ed25519 public key */
export const isSignedBy = (manifest: Uint8Array, signature: Uint8Array, key: KeyObject): boolean =>
  verify(null, signedBytes(manifest), key, signature);

const signedBytes = (manifest: Uint8Array): Buffer => Buffer.concat([Buffer.from(SIGNED_PREFIX), manifest]);
