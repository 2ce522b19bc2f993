import { configurationLines } from './haproxy-words.ts';
import { PossibleSections } from './unsafe-haproxy.ts';

const KEYWORDS: ReadonlySet<string> = new Set(['user', 'uid']);
const OWN_SECTION = 'global\n    user nobody\n';
/** Controllers begin with the global section. Few texts have to be read beyond this many characters. */
const BEGINNING = 4096;

/**
 * Adds `user nobody` to a configuration that names no user, since haproxy would stay root without one. A file beside it can't do
 * that: haproxy prints an alert for each second `user` that it reads.
 * @param text as latin1. haproxy refuses one that doesn't end with a line feed, and that stays as it is
 */
export function withUser(text: string): string {
  if (!text.endsWith('\n') || namesUser(text)) return text;
  return `${text}${OWN_SECTION}`;
}

/** Whether a global section names a user on a line that no condition (`.if`) can leave out. @param text as latin1 */
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
 * The text of USER_GROUP_CONFIG, where the image has no such file.
 * @param groups the text of /etc/group: Debian calls the group of nobody `nogroup`, others call it `nobody`
 */
export const groupText = (groups: string): string => `global\n    group ${groupOf(groups)}\n`;

/** What earlier versions of the agent wrote in its place. */
export const formerUserGroupText = (groups: string): string => `${OWN_SECTION}    group ${groupOf(groups)}\n`;

const groupOf = (groups: string): string => (/^nogroup:/m.test(groups) ? 'nogroup' : 'nobody');
