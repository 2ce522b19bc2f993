import { createSecureContext } from 'node:tls';

/** The TLS 1.3 suites that OpenSSL has (openssl-ciphers(1)). Cipher lists for older versions can't contain them. */
const SUITES: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
]);

/** Whether a name in an OpenSSL cipher list is a suite of TLS 1.3. */
export const isTls13Suite = (name: string): boolean => name.startsWith('TLS_');

/** Matches names that exclude or move ciphers, or sort a list. Such a name has no effect when no cipher matches it. */
const CHOOSES_NONE = /^[!+@-]/;

/** Returns the names of an OpenSSL cipher list that select a cipher. */
export const chosenCiphers = (list: string): string[] =>
  list.split(':').filter((name) => !CHOOSES_NONE.test(name));

const known = new Map<string, boolean>();

/**
 * Returns the names in an OpenSSL cipher list that match no cipher. OpenSSL ignores such names silently. The check uses
 * Node's own OpenSSL; the OpenSSL of a distribution has the same ciphers or fewer.
 */
export const unknownCiphers = (list: string): string[] =>
  chosenCiphers(list).filter((name) => {
    const isKnown = known.get(name) ?? (isTls13Suite(name) ? SUITES.has(name) : isChoosable(name));
    if (isKnown) known.set(name, isKnown);
    return !isKnown;
  });

function isChoosable(name: string): boolean {
  try {
    createSecureContext({ ciphers: `${name}:@SECLEVEL=0` });
    return true;
  } catch {
    return false;
  }
}
