/** One physical line of a haproxy configuration, divided into words. */
export interface ConfigurationLine {
  /** the line with its own line end, unchanged */
  readonly raw: string;
  /** its first word, or '' */
  readonly keyword: string;
  /** the words without quotes and escapes; empty for blank and comment lines */
  readonly words: readonly string[];
  /** the section of the line, which for an opening line is the opened section; '' above the first section */
  readonly section: string;
}

/** Words that open a section (haproxy configuration manual, chapters 3 to 12, versions 1.8 to 3.2). */
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
 * Splits a configuration into lines. The concatenation of every `raw` equals the text, byte for byte. Never throws: a text
 * that haproxy refuses is split as far as possible. The words of a line are computed at their first use, because a
 * configuration of 10 MB must not block the agent for long.
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
 * Keeps the lines whose first word is one of the keywords or opens a section. Works on the bytes: splitting a configuration
 * of 10 MB into strings takes a second or more on a busy machine, most of it for memory allocation.
 * @param keywords of two or more letters @returns the kept lines, and some that only begin with a keyword, as latin1
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

/** Uses the blanks of the C locale: in a text read as latin1 other blanks are bytes of letters. */
const WORD_OR_COMMENT =
  /#|(?:[^ \t\r\n\v\f"'#\\]|\\[\s\S]|\\$|"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|'[^']*(?:'|$))+/g;

const QUOTE_ESCAPE_OR_COMMENT = /["'\\#]/;
const PLAIN_WORD = /[^ \t\r\n\v\f]+/g;

/** Splits a line into words by section 2.2 of haproxy's manual: blanks separate words; quotes, backslashes and `#` apply. */
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
