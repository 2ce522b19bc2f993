/** What no controller has a reason to write into a configuration: it would give more than load balancing. */
export interface UnsafeLine {
  /** from 1; undefined where something is unsafe because no line says it */
  readonly line: number | undefined;
  /** what it says, without control characters, cut where it is long */
  readonly finding: string;
}

/** What is found at most in one configuration: a hostile one has a million. */
export const MOST_FINDINGS = 1000;
const MAX_QUOTED = 200;
/** Those of ASCII, but tabs: in a text read as latin1 the others are bytes of letters. */
const CONTROL_CHARACTERS = /[^\P{Cc}\t\x80-\x9f]/gu;

/** Control characters of a line that no editor writes: all but tabs and the CR of the line's end. */
export const controlCharacterIn = (line: string): string | undefined => {
  const at = line.replace(/\r$/, '').search(CONTROL_CHARACTERS);
  const first = at < 0 ? undefined : line[at];
  return first === undefined ? undefined : `control character ${codeOf(first)}`;
};

/** Words of a line, as they are shown to people. */
export const quoted = (words: readonly string[]): string => {
  const text = words.join(' ').replaceAll(CONTROL_CHARACTERS, codeOf);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
};

const codeOf = (character: string): string =>
  `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
