import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { InvalidConfiguration } from '../../errors.ts';
import { pemBlocks } from '../certificates/pem.ts';
import { type RevocationList, readRevocationList } from '../certificates/revocation-list.ts';

/** What a file of a certificate contains. */
export interface CertificateContent {
  /** SHA-1 in upper-case hexadecimal digits, as haproxy shows it */
  readonly fingerprint: string;
  /** subject and issuer of each certificate of the chain, as comparableName() writes them */
  readonly chain: readonly string[];
  /** whether the file has parts that haproxy does not show in full: a chain, or parameters */
  readonly hasHiddenParts: boolean;
  /** the names for which haproxy uses the certificate, in lower case */
  readonly names: readonly string[];
}

const KEY_OR_CERTIFICATE = /^(?:CERTIFICATE|EC PARAMETERS|(?:[A-Z0-9]+ )?PRIVATE KEY)$/;

/** Reads a file of a certificate with its key and chain. haproxy takes the first certificate for that of the key. */
export function readCertificate(text: string): CertificateContent | undefined {
  const blocks = blocksOf(text);
  const [leaf, ...chain] = certificatesAmong(blocks) ?? [];
  if (leaf === undefined) return undefined;
  return {
    fingerprint: fingerprintOf(leaf),
    chain: chain.flatMap(({ subject, issuer }) => [comparableName(subject), comparableName(issuer)]),
    hasHiddenParts: chain.length > 0 || blocks.some(({ label }) => !KEY_OR_CERTIFICATE.test(label)),
    names: namesOf(leaf),
  };
}

/** Reads a file of authorities. @returns fingerprints, sorted; undefined when it has other parts or no certificate */
export function readAuthorities(text: string): string[] | undefined {
  const blocks = blocksOf(text);
  const found = blocks.every(({ label }) => label === 'CERTIFICATE') ? certificatesAmong(blocks) : undefined;
  return found && found.length > 0 ? [...new Set(found.map(fingerprintOf))].sort() : undefined;
}

/** Reads a file of revocation lists. @returns undefined when it has other parts or no list */
export function readRevocations(text: string): string[] | undefined {
  const blocks = blocksOf(text);
  const lists = blocks.map(({ label, text: pem }) =>
    label === 'X509 CRL' ? readRevocationList(pem) : undefined,
  );
  if (lists.length === 0 || !lists.every((list) => list !== undefined)) return undefined;
  return lists.map(comparableList).sort();
}

/** Writes a revocation list as a text that differs from that of any other list with other dates or serial numbers. */
export const comparableList = ({ lastUpdate, nextUpdate, serials }: RevocationList): string =>
  [lastUpdate, nextUpdate, ...serials].join(' ');

/**
 * Reduces the name of a subject or issuer to what Node and haproxy write alike: letters and digits. A name with other
 * letters than those of ASCII becomes empty.
 */
export function comparableName(name: string): string {
  const isPlain = !/[\\\u0080-\uffff]/.test(name.replaceAll(/\\(?=[,+"<>;#= \\])/g, ''));
  return isPlain ? name.replaceAll(/[^A-Za-z0-9]/g, '') : '';
}

/**
 * Removes what ends a payload too early (haproxy management guide, section 9.3, `set ssl cert`): blank lines and carriage
 * returns, and all text outside of PEM blocks.
 * @returns lines, the last of which has its line end
 */
export const payloadOf = (text: string): string =>
  blocksOf(text)
    .map((block) =>
      block.text
        .split(/\s*\n\s*/)
        .filter((line) => line.trim() !== '')
        .join('\n'),
    )
    .map((block) => `${block}\n`)
    .join('');

/** Whether a file has a private key that belongs to its first certificate. */
export function hasItsKey(text: string): boolean {
  const blocks = blocksOf(text);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
  const [leaf] = certificatesAmong(blocks) ?? [];
  try {
    return key !== undefined && leaf?.checkPrivateKey(createPrivateKey(key)) === true;
  } catch {
    return false;
  }
}

/** Returns a text that differs from that of any other payload, and from which nobody can read the payload. */
export const digestOf = (payload: string): string => createHash('sha256').update(payload).digest('hex');

function blocksOf(text: string): ReturnType<typeof pemBlocks> {
  try {
    return pemBlocks(text, 'a file of certificates');
  } catch (error) {
    if (error instanceof InvalidConfiguration) return [];
    throw error;
  }
}

function certificatesAmong(blocks: ReturnType<typeof pemBlocks>): X509Certificate[] | undefined {
  try {
    return blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ text }) => new X509Certificate(text));
  } catch {
    return undefined;
  }
}

const fingerprintOf = ({ fingerprint }: X509Certificate): string => fingerprint.replaceAll(':', '');

/** haproxy uses the alternative names and the common names (haproxy manual, section 5.1, `crt`). */
function namesOf({ subject, subjectAltName = '' }: X509Certificate): string[] {
  const alternative = [...subjectAltName.matchAll(/DNS:([\w.*-]+)/g)].map(([, name = '']) => name);
  const common = [...subject.matchAll(/^CN=([\w.*-]+)$/gm)].map(([, name = '']) => name);
  return [...new Set([...alternative, ...common].map((name) => name.toLowerCase()))];
}
