import { InvalidConfiguration } from '../errors.ts';

/** Section → option → text. Section names are in lower case, but for `DEFAULT`, as oslo.config compares them. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What Python's str.strip() takes off; JavaScript's trim() knows neither the separators 1C–1F nor NEL, but takes U+FEFF. */
const WHITE_SPACE = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** The text without the white space (Python's notion of it) around it. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.has(text.charAt(start))) start += 1;
  while (end > start && WHITE_SPACE.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** What a text has in it. Neither faults nor repetitions ever show what a line holds: it may be a secret. */
export interface IniContent {
  readonly sections: IniSections;
  /** lines that make no sense, as `line 7: reason` */
  readonly faults: readonly string[];
  /** options that are there more than once, as `[section] name: …`; the last one counts */
  readonly repetitions: readonly string[];
}

/**
 * Reads the format of oslo.config 9.0: comments, continued lines, quotes; the last of several equal options counts. `$name` is
 * left as it stands.
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
 * The sections of a text without faults.
 * @param fileName names the file in errors
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

  /** Takes in one line. Returns what is wrong with it. */
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
    if (!header.endsWith(']')) return 'a section has to end with "]"';
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

/** Takes one pair of equal quotes off. A lone quote is its own pair, as for oslo.config. */
function unquote(value: string): string {
  const quote = value.charAt(0);
  return (quote === '"' || quote === "'") && value.endsWith(quote) ? value.slice(1, -1) : value;
}
