import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { AgentError } from '../../errors.ts';

/** A key is not one for bundles. The message says how to make one. */
export class BundleKeyUnusable extends AgentError {}

const HOW_TO_MAKE = 'make one by: openssl genpkey -algorithm ed25519 -out upgrade.key';
const HOW_TO_DERIVE = 'make it by: openssl pkey -in upgrade.key -pubout -out upgrade.pem';

/**
 * Reads the private key that signs bundles.
 * @param pem PKCS #8 without a passphrase @param file its name, for the message
 * @throws BundleKeyUnusable
 */
export const signingKey = (pem: string, file: string): KeyObject =>
  ed25519(
    () => createPrivateKey(pem),
    `${file} is not an ed25519 private key in PEM format`,
    HOW_TO_MAKE,
    pem,
  );

/**
 * Reads the public key that verifies bundles. A private key and a certificate are refused, though they have a public key: an
 * amphora must not have the private key, and controllers put certificates on an amphora.
 * @param pem one block `PUBLIC KEY`, and nothing else @param file its name, for the message
 * @throws BundleKeyUnusable
 */
export const verifyingKey = (pem: string, file: string): KeyObject =>
  ed25519(
    () => (isPublicKeyOnly(pem) ? createPublicKey(pem) : undefined),
    `${file} is not an ed25519 public key in PEM format`,
    HOW_TO_DERIVE,
    pem,
  );

// a controller may store files on the amphora that have such a block in the middle
const isPublicKeyOnly = (pem: string): boolean =>
  /^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem);

function ed25519(create: () => KeyObject | undefined, fault: string, remedy: string, pem: string): KeyObject {
  if (/^-----BEGIN ENCRYPTED /m.test(pem)) {
    throw new BundleKeyUnusable(`${fault} without a passphrase; ${remedy}`);
  }
  const key = attempt(create);
  if (key?.asymmetricKeyType !== 'ed25519') throw new BundleKeyUnusable(`${fault}; ${remedy}`);
  return key;
}

// the error of node:crypto is left out: it names a step of the decoder and not the fault of the file
function attempt(create: () => KeyObject | undefined): KeyObject | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}
