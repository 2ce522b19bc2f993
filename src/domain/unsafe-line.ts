/** A line of a configuration that gives its author more than load balancing. No controller has a reason to write it. */
export interface UnsafeLine {
  /** from 1; undefined when the danger lies in a missing line */
  readonly line: number | undefined;
  /** the unsafe text without control characters, shortened when it is long */
  readonly finding: string;
}

/** The highest number of findings reported for one configuration. A hostile configuration may hold a million. */
export const MOST_FINDINGS = 1000;
const MAX_QUOTED = 200;
/** ASCII control characters except tabs. In a text read as latin1, \x80 to \x9f are bytes of letters. */
const CONTROL_CHARACTERS = /[^\P{Cc}\t\x80-\x9f]/gu;

/** Names the first control character of a line that no editor writes: any except tabs and the CR of the line's end. */
export const controlCharacterIn = (line: string): string | undefined => {
  const at = line.replace(/\r$/, '').search(CONTROL_CHARACTERS);
  const first = at < 0 ? undefined : line[at];
  return first === undefined ? undefined : `control character ${codeOf(first)}`;
};

/** Returns words of a line in a form that is safe to show. */
export const quoted = (words: readonly string[]): string => {
  const text = words.join(' ').replaceAll(CONTROL_CHARACTERS, codeOf);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
};

const codeOf = (character: string): string =>
  `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
