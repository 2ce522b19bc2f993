import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Returns when the first certificate of a PEM to expire expires; undefined when the text holds no readable certificate. */
export function certificateExpiry(pem: string): Date | undefined {
  const times = [...pem.matchAll(CERTIFICATE)].flatMap(([text]) => expiryOf(text));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function expiryOf(text: string): number[] {
  try {
    return [new X509Certificate(text).validToDate.getTime()];
  } catch {
    return [];
  }
}
