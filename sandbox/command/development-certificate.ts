import type { ServerCertificate } from '../../src/domain/certificates/server-certificate.ts';

/**
 * The self-signed certificate of `--insecure-dev`, which https-pem makes when it is installed.
 * @throws Error in production, where that package isn't
 */
export async function developmentCertificate(): Promise<ServerCertificate> {
  // biome-ignore lint/correctness/noUndeclaredDependencies: a development dependency on purpose
  const { default: pem } = await import('https-pem');
  return { key: pem.key.toString(), chain: pem.cert.toString() };
}
