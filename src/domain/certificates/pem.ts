import { InvalidConfiguration } from '../../errors.ts';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** what stands behind BEGIN, such as `CERTIFICATE` */
  readonly label: string;
  /** with its first and last line */
  readonly text: string;
}

/** A private key of any kind, also one without an end: for texts that must not show one. */
export const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*)/;

/** Whether a private key can only be read with a passphrase: in PKCS #8 (RFC 5958), or as OpenSSL encrypted keys before it. */
export const isEncryptedKey = (pem: string): boolean =>
  /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
const BEGINNING = /-----BEGIN [A-Z0-9 ]+-----/;

/**
 * Divides a PEM text into its blocks; what stands between them doesn't count.
 * @param source names the text in the error
 * @throws InvalidConfiguration where a block has no end
 */
export function pemBlocks(pem: string, source: string): PemBlock[] {
  if (BEGINNING.test(pem.replaceAll(BLOCK, ''))) {
    throw new InvalidConfiguration(`${source}: a PEM block in it has no end`);
  }
  return [...pem.matchAll(BLOCK)].map(([text, label = '']) => ({ label, text }));
}
