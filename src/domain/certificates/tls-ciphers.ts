import { createSecureContext } from 'node:tls';

/** The suites of TLS 1.3 that OpenSSL knows (openssl-ciphers(1)). They are no part of its lists for older versions. */
const SUITES: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
]);

/** Whether a name in an OpenSSL cipher list is a suite of TLS 1.3. */
export const isTls13Suite = (name: string): boolean => name.startsWith('TLS_');

/** Names that exclude or move ciphers, or order a list: what they don't find, they leave as it is. */
const CHOOSES_NONE = /^[!+@-]/;

/** The names of an OpenSSL cipher list that choose a cipher. */
export const chosenCiphers = (list: string): string[] =>
  list.split(':').filter((name) => !CHOOSES_NONE.test(name));

const known = new Map<string, boolean>();

/**
 * The names in an OpenSSL cipher list that choose no cipher which OpenSSL has, and which it passes over in silence. OpenSSL
 * is Node's own here: that of a distribution has the same ciphers or fewer.
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
