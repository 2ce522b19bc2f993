/**
 * Control characters, and characters that change the direction or the lines of what a terminal shows. A name from another
 * machine could hide or fake output by them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Returns a text without characters that a terminal would act on. Tabs and line ends become spaces. */
export const printable = (text: string): string =>
  text.replaceAll(/[\t\r\n]+/g, ' ').replaceAll(UNPRINTABLE, '');

/** Returns the printable lines of a text, without empty lines at its end. */
export const printableLines = (text: string): string[] => text.trimEnd().split(/\r?\n/).map(printable);

/** Returns a value as indented JSON with a line end, in which a terminal finds nothing to act on. */
export const printableJson = (value: unknown): string =>
  `${JSON.stringify(value, undefined, 2)}\n`.replaceAll(UNPRINTABLE, (character) =>
    character === '\n' ? character : escaped(character),
  );

const escaped = (text: string): string =>
  [...Array(text.length).keys()]
    .map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
