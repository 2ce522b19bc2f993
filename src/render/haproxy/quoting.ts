/** How a value becomes part of haproxy.cfg without ever leaving its place (configuration manual, sections 2.2, 7.1 and 8.2.4). */

/** Nothing in it means anything to haproxy. */
const PLAIN_WORD = /^[\w@%+=:,./~*^|;!?()<>{}-]+$/;

/** A text as one word of a line: in strong quotes, where haproxy reads nothing but the quote itself. */
export function word(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text, as it is, where haproxy expects a log-format string. The result is no word yet. */
export const literalFormat = (text: string): string => text.replaceAll('%', '%%');

/**
 * A name as the argument of a sample fetch method: `req.cook("name")`. The result is no word yet: arguments are cut
 * out of a word and have quotes of their own, in which backslash and quote are escaped.
 */
export const fetchWith = (method: string, argument: string): string =>
  `${method}("${argument.replaceAll(/["\\]/g, '\\$&')}")`;
