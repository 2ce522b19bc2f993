import { X509Certificate } from 'node:crypto';
import { InvalidConfiguration, reasonOf } from '../../errors.ts';
import { pemBlocks } from './pem.ts';

/** The PEM labels that OpenSSL accepts for a certificate in a file of authorities. */
const LABELS: readonly string[] = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

/**
 * Extracts the revocation lists (RFC 5280, section 5) from a PEM, which may hold one for each authority. Node itself
 * would read only the first.
 * @param source names the text in the error
 * @throws InvalidConfiguration when the text holds no revocation list
 */
export function readRevocations(pem: string, source: string): readonly string[] {
  const lists = pemBlocks(pem, source).filter(({ label }) => label === 'X509 CRL');
  if (lists.length === 0) throw new InvalidConfiguration(`${source}: it contains no revocation list`);
  return lists.map(({ text }) => text);
}

/** Returns the certificates of a text that readAuthorities() has returned. */
export const certificatesIn = (pem: string): X509Certificate[] =>
  pemBlocks(pem, 'authorities').map(({ text }) => new X509Certificate(text));

/**
 * Extracts the certificates from a PEM of authorities, which may hold several. Node itself would silently drop the first
 * unreadable certificate and all certificates behind it.
 * @param source names the text in the error
 * @throws InvalidConfiguration when the text holds no certificate, or an unreadable one
 */
export function readAuthorities(pem: string, source: string): string {
  const certificates = pemBlocks(pem, source).filter(({ label }) => LABELS.includes(label));
  if (certificates.length === 0) throw new InvalidConfiguration(`${source}: it contains no certificate`);
  for (const [index, { text }] of certificates.entries()) {
    try {
      new X509Certificate(text);
    } catch (error) {
      const reason = reasonOf(error);
      throw new InvalidConfiguration(`${source}: certificate ${index + 1}: ${reason}`, {
        cause: error,
      });
    }
  }
  return `${certificates.map(({ text }) => text).join('\n')}\n`;
}
