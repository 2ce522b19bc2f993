import type { ServerCertificate } from '../../src/domain/certificates/server-certificate.ts';

/**
 * Returns the self-signed certificate of `--insecure-dev`, which the package https-pem makes at its installation.
 * @throws Error in production, where that package isn't installed
 */
export async function developmentCertificate(): Promise<ServerCertificate> {
  // biome-ignore lint/correctness/noUndeclaredDependencies: a development dependency on purpose
  const { default: pem } = await import('https-pem');
  return { key: pem.key.toString(), chain: pem.cert.toString() };
}
