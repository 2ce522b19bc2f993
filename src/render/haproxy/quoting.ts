/**
 * Quotes values for haproxy.cfg, so that a value can't end its word or line (configuration manual, sections 2.2, 7.1 and
 * 8.2.4).
 */

/** Matches texts without any character that is special to haproxy. */
const PLAIN_WORD = /^[\w@%+=:,./~*^|;!?()<>{}-]+$/;

/** Quotes a text as one word of a line: in strong quotes, in which only the quote itself is special. */
export function word(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Escapes a text for a place where haproxy expects a log-format string. The caller must still quote it with word(). */
export const literalFormat = (text: string): string => text.replaceAll('%', '%%');

/**
 * Returns a sample fetch method with a name as its argument: `req.cook("name")`. The caller must still quote it with word():
 * haproxy parses arguments inside a word, with quotes of their own, in which backslash and quote are escaped.
 */
export const fetchWith = (method: string, argument: string): string =>
  `${method}("${argument.replaceAll(/["\\]/g, '\\$&')}")`;
