import { configurationLines } from './haproxy-words.ts';
import { PossibleSections } from './unsafe-haproxy.ts';

const KEYWORDS: ReadonlySet<string> = new Set(['user', 'uid']);
const OWN_SECTION = 'global\n    user nobody\n';
/** Controllers begin with the global section, so most texts are read only up to this number of characters. */
const BEGINNING = 4096;

/**
 * Adds `user nobody` to a configuration that names no user: haproxy would keep running as root without it. A second file can't
 * name the user, because haproxy prints an alert when it reads a second `user` line.
 * @param text as latin1. A text without a final line feed is returned as it is: haproxy refuses it
 */
export function withUser(text: string): string {
  if (!text.endsWith('\n') || namesUser(text)) return text;
  return `${text}${OWN_SECTION}`;
}

/** Returns whether a global section names a user, outside of every condition (`.if`). @param text as latin1 */
export const namesUser = (text: string): boolean =>
  isNamedIn(text.slice(0, BEGINNING)) || (text.length > BEGINNING && isNamedIn(text));

function isNamedIn(text: string): boolean {
  const sections = new PossibleSections();
  return configurationLines(text).some((line) => {
    sections.read(line);
    return KEYWORDS.has(line.keyword) && sections.mustBe('global');
  });
}

/**
 * Returns the text of USER_GROUP_CONFIG for an image without that file.
 * @param groups the text of /etc/group: Debian calls the group of nobody `nogroup`, others call it `nobody`
 */
export const groupText = (groups: string): string => `global\n    group ${groupOf(groups)}\n`;

/** Returns the text that earlier versions of the agent wrote to USER_GROUP_CONFIG. */
export const formerUserGroupText = (groups: string): string => `${OWN_SECTION}    group ${groupOf(groups)}\n`;

const groupOf = (groups: string): string => (/^nogroup:/m.test(groups) ? 'nogroup' : 'nobody');
