import { createPrivateKey, X509Certificate } from 'node:crypto';
import { InvalidConfiguration, reasonOf } from '../../errors.ts';
import { isEncryptedKey, pemBlocks } from './pem.ts';

/** Key and chain in the order that TLS requires: the certificate of the key first. */
export interface ServerCertificate {
  readonly key: string;
  readonly chain: string;
}

/**
 * Sorts one PEM that holds certificate, chain and private key in any order.
 * @param source names the file in the error
 * @throws InvalidConfiguration when the key or its certificate is missing or unreadable; never shows key material
 */
export function readServerCertificate(pem: string, source: string): ServerCertificate {
  const blocks = pemBlocks(pem, source);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ text }) => text);
  if (key === undefined) throw new InvalidConfiguration(`${source}: it contains no private key`);
  if (certificates.length === 0) throw new InvalidConfiguration(`${source}: it contains no certificate`);
  if (isEncryptedKey(key))
    throw new InvalidConfiguration(
      `${source}: its private key is encrypted: store the key without a passphrase`,
    );
  const leaf = leafOf(key, certificates, source);
  if (leaf === undefined)
    throw new InvalidConfiguration(`${source}: none of its certificates belongs to its private key`);
  return { key, chain: [leaf, ...certificates.filter((text) => text !== leaf)].join('\n') };
}

/**
 * Says why clients refuse a certificate at a given time. The agent serves with the certificate anyway, because its own
 * clock may be wrong.
 * @param chain certificates in PEM, the agent's own first
 * @returns undefined when every certificate is valid at that time
 */
export function validityWarning({ chain }: Pick<ServerCertificate, 'chain'>, now: Date): string | undefined {
  for (const [index, { text }] of pemBlocks(chain, 'chain').entries()) {
    const { validFromDate, validToDate } = new X509Certificate(text);
    const name = index === 0 ? "the agent's certificate" : `certificate ${index} of the agent's chain`;
    if (validToDate < now) return `${name} expired on ${validToDate.toISOString()}`;
    if (validFromDate > now) return `${name} is not valid before ${validFromDate.toISOString()}`;
  }
  return undefined;
}

function leafOf(key: string, certificates: readonly string[], source: string): string | undefined {
  try {
    const privateKey = createPrivateKey(key);
    return certificates.find((text) => new X509Certificate(text).checkPrivateKey(privateKey));
  } catch (error) {
    const reason = reasonOf(error);
    throw new InvalidConfiguration(`${source}: ${reason}`, { cause: error });
  }
}
