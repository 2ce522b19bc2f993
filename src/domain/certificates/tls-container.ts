import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { InvalidConfiguration } from '../../errors.ts';
import { isEncryptedKey, type PemBlock, pemBlocks } from './pem.ts';

/** A certificate of a model, ready for a file. */
export interface TlsContainer {
  /** PEM */
  readonly certificate: string;
  /** PEM, PKCS #8, never encrypted */
  readonly private_key: string;
  /** PEM, one certificate each */
  readonly intermediates: readonly string[];
}

/** As octavia-lib's to_dict() has it. */
export interface RawTlsContainer {
  readonly certificate: string;
  /** undefined where the certificate should be installed with its key already */
  readonly private_key: string | undefined;
  readonly passphrase: string | undefined;
  readonly intermediates: readonly string[];
}

/** Which field of a TLS container can't be used, and why; never shows key material. */
export interface TlsContainerFault {
  readonly field: string;
  readonly message: string;
}

const NO_CERTIFICATE = 'not a certificate in PEM';

/**
 * Reads a certificate with its key and chain. The certificate is the one that the key belongs to, wherever it stands among the
 * others of its field. A key with a passphrase is decrypted.
 */
export function readTlsContainer(raw: RawTlsContainer): TlsContainer | TlsContainerFault {
  const certificates = certificatesOf(raw.certificate);
  if (certificates.length === 0) return { field: 'certificate', message: NO_CERTIFICATE };
  if (raw.private_key === undefined)
    return { field: 'private_key', message: 'required: this certificate is not installed with its key' };
  const key = readPrivateKey(raw.private_key, raw.passphrase);
  if (typeof key === 'string') return { field: 'private_key', message: key };
  const certificate = certificates.find((pem) => new X509Certificate(pem).checkPrivateKey(key));
  if (certificate === undefined) return { field: 'private_key', message: 'not the key of the certificate' };
  const chain = raw.intermediates.map(certificatesOf);
  if (chain.some((found) => found.length === 0)) return { field: 'intermediates', message: NO_CERTIFICATE };
  return {
    certificate,
    private_key: key.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
    intermediates: [...new Set([...certificates, ...chain.flat()])].filter((pem) => pem !== certificate),
  };
}

/** @returns why there is none; never shows it */
function readPrivateKey(key: string, passphrase: string | undefined): KeyObject | string {
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    if (!isEncryptedKey(key)) return 'not a private key in PEM';
    return passphrase === undefined
      ? 'encrypted, and there is no passphrase'
      : 'encrypted, and not with this passphrase';
  }
}

/** Every certificate of a PEM text, in its order; none where one of them can't be read. */
export function certificatesOf(pem: string): string[] {
  const certificates = blocksOf(pem).filter(({ label }) => label === 'CERTIFICATE');
  return certificates.every(({ text }) => isCertificate(text)) ? certificates.map(({ text }) => text) : [];
}

/** Every certificate revocation list of a PEM text, unread. */
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
