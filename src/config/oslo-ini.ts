import { InvalidConfiguration } from '../errors.ts';

/** Section → option → text. Section names except `DEFAULT` are in lower case, because oslo.config ignores their case. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The characters that Python's str.strip() removes. JavaScript's trim() is different: it keeps the separators 1C–1F and
 * NEL, and removes U+FEFF.
 */
const WHITE_SPACE = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** Removes white space from both ends of a text, as Python defines white space. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.has(text.charAt(start))) start += 1;
  while (end > start && WHITE_SPACE.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The content of a configuration text. Faults and repetitions never show the text of a line, which may be a secret. */
export interface IniContent {
  readonly sections: IniSections;
  /** lines that can't be parsed, as `line 7: reason` */
  readonly faults: readonly string[];
  /** options that occur more than once, as `[section] name: …`; the last one counts */
  readonly repetitions: readonly string[];
}

/**
 * Parses the format of oslo.config 9.0: comments, continued lines, quotes. If an option occurs more than once, the last one
 * counts. References such as `$name` are not replaced.
 */
export function readIni(text: string): IniContent {
  const reader = new LineReader();
  const faults: string[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const fault = reader.read(line, index + 1);
    if (fault !== undefined) faults.push(`line ${index + 1}: ${fault}`);
  }
  const repetitions = [...reader.places]
    .filter(([, lines]) => lines.length > 1)
    .map(
      ([option, lines]) =>
        `${option}: given ${lines.length} times (lines ${lines.join(', ')}): the last one counts`,
    );
  return { sections: reader.sections, faults, repetitions };
}

/**
 * Parses a text that must have no faults.
 * @param fileName the name of the file in errors
 * @throws InvalidConfiguration with file, line and reason of the first fault
 */
export function parseIni(fileName: string, text: string): IniSections {
  const { sections, faults } = readIni(text);
  if (faults[0] !== undefined) throw new InvalidConfiguration(`${fileName}: ${faults[0]}`);
  return sections;
}

class LineReader {
  readonly sections = new Map<string, Map<string, string>>();
  /** `[section] option` → numbers of the lines that give it */
  readonly places = new Map<string, number[]>();
  #section = '';
  #options: Map<string, string> | undefined;
  /** the option whose value a following line may continue */
  #open: string | undefined;

  /** Parses one line. Returns its fault, or undefined if it has none. */
  read(line: string, number: number): string | undefined {
    if (line.startsWith(' ') || line.startsWith('\t')) return this.#continueValue(strip(line));
    this.#open = undefined;
    const content = strip(line);
    if (content === '' || line.startsWith('#') || line.startsWith(';')) return undefined;
    return line.startsWith('[') ? this.#beginSection(content) : this.#beginValue(line, number);
  }

  #continueValue(more: string): string | undefined {
    if (more === '') {
      this.#open = undefined;
      return undefined;
    }
    if (this.#options === undefined || this.#open === undefined) {
      return 'begins with white space, but there is no value above that it continues';
    }
    this.#options.set(this.#open, `${this.#options.get(this.#open) ?? ''}\n${more}`);
    return undefined;
  }

  #beginSection(header: string): string | undefined {
    if (!header.endsWith(']')) return 'a section must end with "]"';
    const name = header.slice(1, -1);
    if (name === '') return 'a section without a name';
    const key = name === 'DEFAULT' ? name : name.toLowerCase();
    this.#section = key;
    this.#options = this.sections.get(key) ?? new Map<string, string>();
    this.sections.set(key, this.#options);
    return undefined;
  }

  #beginValue(line: string, number: number): string | undefined {
    const divider = line.search(/[=:]/);
    if (divider < 0) return 'neither a section, nor a comment, nor "option = value"';
    const name = strip(line.slice(0, divider));
    if (name === '') return 'a value without an option';
    if (this.#options === undefined) return `option ${name} stands before the first section`;
    this.#open = name;
    const place = `[${this.#section}] ${name}`;
    this.places.set(place, [...(this.places.get(place) ?? []), number]);
    this.#options.set(name, unquote(strip(line.slice(divider + 1))));
    return undefined;
  }
}

/** Removes one pair of equal quotes. Removes a single quote too, as oslo.config does. */
function unquote(value: string): string {
  const quote = value.charAt(0);
  return (quote === '"' || quote === "'") && value.endsWith(quote) ? value.slice(1, -1) : value;
}
