/** How texts stand in a URL (RFC 3986). Control characters and halves of surrogate pairs must be refused before. */

const ENCODED = /%[0-9a-f]{2}/gi;
/** Not allowed in a URL. Some clients percent-encode them, others send them as they are, and haproxy takes both. */
const ENCODED_BY_SOME = /["<>[\\\]^`{|}]/g;
/** No request can have them: haproxy answers 400 to the first two kinds, and a blank ends the path. */
const NEVER_SENT = /[^\x21-\x7e]|#/gu;

const octets = (text: string): string =>
  [...Buffer.from(text)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Percent-encodes what no request can have as it is: blanks, `#` and everything outside of ASCII. The rest stays. */
export const encodeNeverSent = (text: string): string =>
  text.replaceAll(NEVER_SENT, octets).replaceAll(ENCODED, (encoded) => encoded.toUpperCase());

/** Percent-encodes blanks and everything outside of ASCII, as in a Location header. The rest stays. */
export const encodeOutsideOfAscii = (text: string): string => text.replaceAll(/[^\x21-\x7e]/gu, octets);

/**
 * The ways in which clients send a text that encodeNeverSent() returned: with upper-case or lower-case hexadecimal digits,
 * and with or without an encoding of the characters that only some clients encode. The first is the text itself.
 */
export function sentForms(text: string): string[] {
  const encoded = text.replaceAll(ENCODED_BY_SOME, octets);
  const lowerCase = (form: string): string => form.replaceAll(ENCODED, (one) => one.toLowerCase());
  return [...new Set([text, lowerCase(text), encoded, lowerCase(encoded)])];
}

/** Where in a text a `%` begins no percent-encoding; -1 where none does. */
export const strayPercentIn = (text: string): number => text.search(/%(?![0-9a-f]{2})/i);
