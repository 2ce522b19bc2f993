import { InvalidConfiguration } from '../../errors.ts';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** the text behind BEGIN, such as `CERTIFICATE` */
  readonly label: string;
  /** the whole block, with its first and last line */
  readonly text: string;
}

/** Matches a private key of any kind, even one whose end is missing. It serves to remove keys from texts. */
export const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*)/;

/** Whether a private key needs a passphrase: PKCS #8 (RFC 5958), or OpenSSL's older form of encrypted keys. */
export const isEncryptedKey = (pem: string): boolean =>
  /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
const BEGINNING = /-----BEGIN [A-Z0-9 ]+-----/;

/**
 * Splits a PEM text into its blocks. Text between the blocks is ignored.
 * @param source names the text in the error
 * @throws InvalidConfiguration when a block has no end
 */
export function pemBlocks(pem: string, source: string): PemBlock[] {
  if (BEGINNING.test(pem.replaceAll(BLOCK, ''))) {
    throw new InvalidConfiguration(`${source}: a PEM block has no END line`);
  }
  return [...pem.matchAll(BLOCK)].map(([text, label = '']) => ({ label, text }));
}
