/** Control characters of ASCII and Latin-1, line ends among them, and those that reverse the direction of a text. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Replaces each character by `?` that could change a terminal, begin a line or hide a part of the text. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, '?');
