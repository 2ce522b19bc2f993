import type { X509Certificate } from 'node:crypto';

/** The authority that signed a client's certificate. It decides what the client may do. */
export type ClientAuthority = 'controller' | 'monitor';

/**
 * Decides which authority signed a certificate that OpenSSL has accepted for the authorities of the controllers and of
 * monitoring together. Each step is proved by a signature, because two authorities may have the same name. A certificate that
 * chains to both authorities is a controller's, as it would be without monitoring. Without proof it is a monitor's, who may
 * do less.
 * @param chain the client's certificate, then the one that issued it, and so on
 * @param controllers the authorities of the controllers
 */
export function authorityOf(
  chain: readonly X509Certificate[],
  controllers: readonly X509Certificate[],
  now: Date,
): ClientAuthority {
  const authorities = controllers.filter((one) => isValid(one, now));
  for (const [index, certificate] of chain.entries()) {
    if (authorities.some((one) => isIssuer(one, certificate))) return 'controller';
    const next = chain[index + 1];
    if (next === undefined || !next.ca || !isValid(next, now) || !isIssuer(next, certificate)) break;
  }
  return 'monitor';
}

/**
 * Returns the authorities of monitoring whose clients are controllers all the same, because an authority of the controllers
 * signed them or is the same.
 */
export const monitorsOfControllers = (
  monitors: readonly X509Certificate[],
  controllers: readonly X509Certificate[],
): X509Certificate[] =>
  monitors.filter((one) => controllers.some((other) => other.raw.equals(one.raw) || isIssuer(other, one)));

const isIssuer = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

const isValid = ({ validFromDate, validToDate }: X509Certificate, now: Date): boolean =>
  validFromDate <= now && now <= validToDate;
