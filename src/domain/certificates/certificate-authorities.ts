import { X509Certificate } from 'node:crypto';
import { InvalidConfiguration, reasonOf } from '../../errors.ts';
import { pemBlocks } from './pem.ts';

/** What OpenSSL takes for a certificate in a file of authorities. */
const LABELS: readonly string[] = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

/**
 * Picks the revocation lists (RFC 5280, section 5) out of a PEM, of which it may hold one for each authority. Node
 * would take the first alone.
 * @param source names the text in the error
 * @throws InvalidConfiguration where there is none
 */
export function readRevocations(pem: string, source: string): readonly string[] {
  const lists = pemBlocks(pem, source).filter(({ label }) => label === 'X509 CRL');
  if (lists.length === 0) throw new InvalidConfiguration(`${source}: no revocation list in it`);
  return lists.map(({ text }) => text);
}

/**
 * Picks the certificates out of a PEM of authorities, of which it may hold several (contract section 1,
 * agent_server_ca). Node would leave out, without a word, the first that it can't read and all behind it.
 * @param source names the text in the error
 * @throws InvalidConfiguration where there is none, or one can't be read
 */
export function readAuthorities(pem: string, source: string): string {
  const certificates = pemBlocks(pem, source).filter(({ label }) => LABELS.includes(label));
  if (certificates.length === 0) throw new InvalidConfiguration(`${source}: no certificate in it`);
  for (const [index, { text }] of certificates.entries()) {
    try {
      new X509Certificate(text);
    } catch (error) {
      const reason = reasonOf(error);
      throw new InvalidConfiguration(`${source}: certificate ${index + 1} in it: ${reason}`, {
        cause: error,
      });
    }
  }
  return `${certificates.map(({ text }) => text).join('\n')}\n`;
}
