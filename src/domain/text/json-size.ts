/** What a JSON text may have before it is parsed: an empty object takes 3 bytes as text, and twenty times that when parsed. */
export interface JsonLimits {
  /** beginnings and ends of objects and lists, and commas; a value has about one of them */
  readonly values: number;
  /** objects and lists inside each other */
  readonly levels: number;
  /** names in one object */
  readonly names: number;
}

/** @returns what is too large about a JSON text, in words; undefined where nothing is, and where it is no JSON */
export function oversizeOfJson(text: Buffer, { values, levels, names }: JsonLimits): string | undefined {
  /** for each object or list that is open: how many more commas it may have */
  const open: number[] = [];
  let left = values;
  for (const divider of dividersIn(text)) {
    left -= 1;
    if (divider === BRACE) open.push(names);
    else if (divider === BRACKET) open.push(values);
    else if (divider === COMMA) open.push((open.pop() ?? 0) - 1);
    else open.pop();
    if (left < 0) return `more than ${values} values`;
    if (open.length > levels) return `nested too deeply, more than ${levels} levels`;
    if (open.at(-1) === 0) return `an object with more than ${names} names`;
  }
  return undefined;
}

const codeOf = (character: string): number => character.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, BRACE, BRACKET] = [...'"\\,{['].map(codeOf);
const DIVIDERS: ReadonlySet<number> = new Set([...',{}[]'].map(codeOf));

function* dividersIn(text: Buffer): Generator<number> {
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === QUOTE) at = endOfString(text, at);
    else if (DIVIDERS.has(byte)) yield byte;
  }
}

/** @param start of the opening quote @returns index of the closing one, or the length of the text */
function endOfString(text: Buffer, start: number): number {
  for (let end = start; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text[end - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
}
