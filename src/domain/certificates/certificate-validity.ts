import { X509Certificate } from 'node:crypto';

/** The time in which a certificate is valid. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Returns the validity of each readable certificate of a PEM, in its order. */
export const validitiesIn = (pem: string): Validity[] =>
  [...pem.matchAll(CERTIFICATE)].flatMap(([text]) => validityOf(text));

function validityOf(text: string): Validity[] {
  try {
    const { validFromDate: notBefore, validToDate: notAfter } = new X509Certificate(text);
    return [{ notBefore, notAfter }];
  } catch {
    return [];
  }
}

/** Returns when a certificate is valid together with its issuers; undefined without certificates. */
export function chainValidity(chain: readonly Validity[]): Validity | undefined {
  if (chain.length === 0) return undefined;
  return {
    notBefore: new Date(Math.max(...chain.map(({ notBefore }) => notBefore.getTime()))),
    notAfter: new Date(Math.min(...chain.map(({ notAfter }) => notAfter.getTime()))),
  };
}

/** The authorities in one file: one that is valid is enough, and old ones may stay while a new one takes over. */
export interface AuthoritiesValidity extends Validity {
  /** when each authority expired that did, although another one is valid; empty when none is valid */
  readonly expired: readonly Date[];
}

/**
 * Returns the validity of the authority that expires next, of those that are valid now. If none is valid, it is that of the one
 * that expires last.
 * @returns undefined without authorities
 */
export function authoritiesValidity(
  authorities: readonly Validity[],
  now: Date,
): AuthoritiesValidity | undefined {
  const inOrder = authorities.toSorted((one, other) => one.notAfter.getTime() - other.notAfter.getTime());
  const next = inOrder.find(({ notBefore, notAfter }) => notBefore <= now && now < notAfter);
  if (next === undefined) {
    const last = inOrder.at(-1);
    return last && { ...last, expired: [] };
  }
  return { ...next, expired: inOrder.map(({ notAfter }) => notAfter).filter((end) => end <= now) };
}
