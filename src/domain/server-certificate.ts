import { createPrivateKey, X509Certificate } from 'node:crypto';
import { InvalidConfiguration, reasonOf } from '../errors.ts';
import { pemBlocks } from './pem.ts';

/** Key and chain in the form that TLS wants: the certificate of the key first. */
export interface ServerCertificate {
  readonly key: string;
  readonly chain: string;
}

/**
 * Sorts one PEM that holds certificate, chain and private key in any order (contract section 1, agent_server_cert).
 * @param source names the file in the error
 * @throws InvalidConfiguration where the key or its certificate is missing or unreadable; never shows key material
 */
export function readServerCertificate(pem: string, source: string): ServerCertificate {
  const blocks = pemBlocks(pem, source);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ text }) => text);
  if (key === undefined) throw new InvalidConfiguration(`${source}: no private key in it`);
  if (certificates.length === 0) throw new InvalidConfiguration(`${source}: no certificate in it`);
  const leaf = leafOf(key, certificates, source);
  if (leaf === undefined)
    throw new InvalidConfiguration(`${source}: no certificate in it belongs to its private key`);
  return { key, chain: [leaf, ...certificates.filter((text) => text !== leaf)].join('\n') };
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
