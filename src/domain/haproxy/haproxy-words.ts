/** One physical line of a haproxy configuration, cut into words. */
export interface ConfigurationLine {
  /** the line with its own line end, as it stands in the text */
  readonly raw: string;
  /** its first word; '' where there is none */
  readonly keyword: string;
  /** the words without quotes and escapes; empty for blank and comment lines */
  readonly words: readonly string[];
  /** the section the line belongs to (its own for the line that opens one); '' above the first */
  readonly section: string;
}

/** First words that open a section (haproxy configuration manual, chapters 3 to 12, versions 1.8 to 3.2). */
const SECTIONS: ReadonlySet<string> = new Set([
  'acme',
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'log-profile',
  'mailers',
  'namespace_list',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
]);

/**
 * Cuts a configuration into lines. Joining every `raw` gives the text back, byte for byte.
 * Never throws: what haproxy would refuse is cut as well as it can be. Words are cut when they are asked for: a
 * configuration of 10 MB must not hold up its reader for long.
 */
export function configurationLines(text: string): ConfigurationLine[] {
  const lines: ConfigurationLine[] = [];
  let section = '';
  for (const raw of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const keyword = firstWord(raw);
    if (SECTIONS.has(keyword)) section = keyword;
    lines.push(new Line(raw, keyword, section));
  }
  return lines;
}

const LINE_FEED = 0x0a;
const BLANKS: ReadonlySet<number | undefined> = new Set(Buffer.from(' \t\r\v\f'));
const QUOTES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\'\\'));

/**
 * Leaves out lines whose first word is neither one of these nor opens a section. Looks at the bytes where they are: cutting
 * a configuration of 10 MB into strings takes its reader a second and more on a busy machine, nearly all of it for the memory.
 * @param keywords of two letters or more @returns the other lines, and some that only begin like them, as latin1
 */
export function linesOf(bytes: Buffer, keywords: readonly string[]): string {
  const beginnings = new Set([...SECTIONS, ...keywords].map((word) => Buffer.from(word).readUInt16BE()));
  const kept: string[] = [];
  for (let start = 0, next = 0; start < bytes.length; start = next) {
    const end = bytes.indexOf(LINE_FEED, start);
    next = end < 0 ? bytes.length : end + 1;
    let first = start;
    while (BLANKS.has(bytes[first])) first += 1;
    const beginning = ((bytes[first] ?? 0) << 8) + (bytes[first + 1] ?? 0);
    const isQuoted = QUOTES.has(bytes[first]) || QUOTES.has(bytes[first + 1]);
    if (isQuoted || beginnings.has(beginning)) kept.push(bytes.toString('latin1', start, next));
  }
  return kept.join('');
}

class Line implements ConfigurationLine {
  readonly raw: string;
  readonly keyword: string;
  readonly section: string;

  constructor(raw: string, keyword: string, section: string) {
    this.raw = raw;
    this.keyword = keyword;
    this.section = section;
  }

  get words(): readonly string[] {
    return lineWords(this.raw);
  }
}

const PLAIN_FIRST_WORD = /^[ \t\r\v\f]*([^ \t\r\n\v\f"'#\\]+)(?=[ \t\r\n\v\f#]|$)/;

function firstWord(raw: string): string {
  const [, plain] = PLAIN_FIRST_WORD.exec(raw) ?? [];
  return plain ?? lineWords(raw)[0] ?? '';
}

/** Blanks of the C locale: in a text read as latin1 the others are bytes of letters. */
const WORD_OR_COMMENT =
  /#|(?:[^ \t\r\n\v\f"'#\\]|\\[\s\S]|\\$|"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|'[^']*(?:'|$))+/g;

const QUOTE_ESCAPE_OR_COMMENT = /["'\\#]/;
const PLAIN_WORD = /[^ \t\r\n\v\f]+/g;

/** Words of one line by section 2.2 of haproxy's manual: blanks divide; quotes, backslashes and `#` as there. */
function lineWords(raw: string): string[] {
  if (!QUOTE_ESCAPE_OR_COMMENT.test(raw)) return raw.match(PLAIN_WORD) ?? [];
  const line = raw.replace(/\n$/, '');
  const words: string[] = [];
  for (const [found] of line.matchAll(WORD_OR_COMMENT)) {
    if (found === '#') break;
    words.push(withoutQuotes(found));
  }
  return words;
}

const QUOTED_OR_ESCAPED = /'([^']*)'?|"((?:[^"\\]|\\[\s\S])*)"?|\\x[0-9a-f]{2}|\\[\s\S]/gi;

const withoutQuotes = (word: string): string =>
  word.replace(
    QUOTED_OR_ESCAPED,
    (part: string, strong?: string, weak?: string) => strong ?? unescaped(weak ?? part),
  );

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})|\\([\s\S])/gi, (_all, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPED[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
