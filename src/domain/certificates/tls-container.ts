import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { InvalidConfiguration } from '../../errors.ts';
import { isEncryptedKey, type PemBlock, pemBlocks } from './pem.ts';

/** A certificate of a model, ready to be written to a file. */
export interface TlsContainer {
  /** PEM */
  readonly certificate: string;
  /** PEM, PKCS #8, never encrypted */
  readonly private_key: string;
  /** PEM, one certificate per entry */
  readonly intermediates: readonly string[];
}

/** A TLS container as octavia-lib's to_dict() returns it. */
export interface RawTlsContainer {
  readonly certificate: string;
  /** undefined when the certificate must already be installed with its key */
  readonly private_key: string | undefined;
  readonly passphrase: string | undefined;
  readonly intermediates: readonly string[];
}

/** The unusable field of a TLS container, and the reason. Never shows key material. */
export interface TlsContainerFault {
  readonly field: string;
  readonly message: string;
}

const NO_CERTIFICATE = 'not a certificate in PEM';

/**
 * Reads a certificate with its key and chain. The certificate is the one that belongs to the key, at any position in its
 * field. A key with a passphrase is decrypted.
 */
export function readTlsContainer(raw: RawTlsContainer): TlsContainer | TlsContainerFault {
  const certificates = certificatesOf(raw.certificate);
  if (certificates.length === 0) return { field: 'certificate', message: NO_CERTIFICATE };
  if (raw.private_key === undefined)
    return {
      field: 'private_key',
      message: 'required, because this certificate is not installed with its key',
    };
  const key = readPrivateKey(raw.private_key, raw.passphrase);
  if (typeof key === 'string') return { field: 'private_key', message: key };
  const certificate = certificates.find((pem) => new X509Certificate(pem).checkPrivateKey(key));
  if (certificate === undefined)
    return { field: 'private_key', message: 'does not belong to the certificate' };
  const chain = raw.intermediates.map(certificatesOf);
  if (chain.some((found) => found.length === 0)) return { field: 'intermediates', message: NO_CERTIFICATE };
  return {
    certificate,
    private_key: key.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
    intermediates: [...new Set([...certificates, ...chain.flat()])].filter((pem) => pem !== certificate),
  };
}

/** Reads a private key. @returns the reason as a text when the key is unusable; the text never contains the key */
function readPrivateKey(key: string, passphrase: string | undefined): KeyObject | string {
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    if (!isEncryptedKey(key)) return 'not a private key in PEM';
    return passphrase === undefined
      ? 'encrypted, but the passphrase is missing'
      : 'encrypted with a different passphrase';
  }
}

/** Returns every certificate of a PEM text in its order, or an empty list when one of them is unreadable. */
export function certificatesOf(pem: string): string[] {
  const certificates = blocksOf(pem).filter(({ label }) => label === 'CERTIFICATE');
  return certificates.every(({ text }) => isCertificate(text)) ? certificates.map(({ text }) => text) : [];
}

/** Returns every certificate revocation list of a PEM text without parsing it. */
export const revocationListsOf = (pem: string): string[] =>
  blocksOf(pem)
    .filter(({ label }) => label === 'X509 CRL')
    .map(({ text }) => text);

function blocksOf(pem: string): PemBlock[] {
  try {
    return pemBlocks(pem, 'the model');
  } catch (error) {
    if (error instanceof InvalidConfiguration) return [];
    throw error;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
