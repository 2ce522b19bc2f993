import type { DevelopmentCertificate } from '../../src/http/server/tls-material.ts';

/** The ciphers for development: https-pem makes RSA keys of 1024 bits, which OpenSSL refuses by default. */
const WEAK_KEYS_TOO = 'DEFAULT@SECLEVEL=0';

/**
 * Returns the self-signed certificate of `--insecure-dev`, which the package https-pem makes at its installation.
 * @throws Error in production, where that package isn't installed
 */
export async function developmentCertificate(): Promise<DevelopmentCertificate> {
  // biome-ignore lint/correctness/noUndeclaredDependencies: a development dependency on purpose
  const { default: pem } = await import('https-pem');
  return { key: pem.key.toString(), chain: pem.cert.toString(), ciphers: WEAK_KEYS_TOO };
}
