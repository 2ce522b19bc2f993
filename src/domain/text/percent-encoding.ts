/** Encodings of texts in a URL (RFC 3986). The callers refuse control characters and halves of surrogate pairs before. */

const ENCODED = /%[0-9a-f]{2}/gi;
/** Characters that are not allowed in a URL. Some clients percent-encode them, others don't, and haproxy accepts both. */
const ENCODED_BY_SOME = /["<>[\\\]^`{|}]/g;
/** Characters that no request can contain: haproxy answers 400 to `#` and non-ASCII ones, and a blank ends the path. */
const NEVER_SENT = /[^\x21-\x7e]|#/gu;

const octets = (text: string): string =>
  [...Buffer.from(text)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Percent-encodes the characters that no request can contain: blanks, `#` and non-ASCII characters. */
export const encodeNeverSent = (text: string): string =>
  text.replaceAll(NEVER_SENT, octets).replaceAll(ENCODED, (encoded) => encoded.toUpperCase());

/** Percent-encodes blanks and non-ASCII characters, as in a Location header. Other characters stay unchanged. */
export const encodeOutsideOfAscii = (text: string): string => text.replaceAll(/[^\x21-\x7e]/gu, octets);

/**
 * Returns the forms in which clients send a text from encodeNeverSent(): with upper-case or lower-case hexadecimal digits,
 * and with or without an encoding of the characters that only some clients encode. The first form is the text itself.
 */
export function sentForms(text: string): string[] {
  const encoded = text.replaceAll(ENCODED_BY_SOME, octets);
  const lowerCase = (form: string): string => form.replaceAll(ENCODED, (one) => one.toLowerCase());
  return [...new Set([text, lowerCase(text), encoded, lowerCase(encoded)])];
}

/** Returns the index of the first `%` in a text that begins no percent-encoding, or -1. */
export const strayPercentIn = (text: string): number => text.search(/%(?![0-9a-f]{2})/i);
