import type { DevelopmentCertificate } from '../../src/http/server/tls-material.ts';

/** https-pem makes RSA keys of 1024 bits, which OpenSSL refuses by default. */
const WEAK_KEYS_TOO = 'DEFAULT@SECLEVEL=0';

/**
 * The self-signed certificate of `--insecure-dev`, which https-pem makes when it is installed.
 * @throws Error in production, where that package isn't
 */
export async function developmentCertificate(): Promise<DevelopmentCertificate> {
  // biome-ignore lint/correctness/noUndeclaredDependencies: a development dependency on purpose
  const { default: pem } = await import('https-pem');
  return { key: pem.key.toString(), chain: pem.cert.toString(), ciphers: WEAK_KEYS_TOO };
}
