/** The limits of a JSON text before it is parsed: an empty object has 3 bytes as text and needs twenty times that parsed. */
export interface JsonLimits {
  /** number of commas and of beginnings and ends of objects and lists; a value has about one of these */
  readonly values: number;
  /** depth of nested objects and lists */
  readonly levels: number;
  /** number of names in one object */
  readonly names: number;
}

/** Names the exceeded limit of a JSON text. @returns undefined when the text is within the limits, or is no JSON */
export function oversizeOfJson(text: Buffer, { values, levels, names }: JsonLimits): string | undefined {
  /** for each open object or list: the number of commas that it may still have */
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

/** Finds the end of a string. @param start index of the opening quote @returns index of the closing quote, or the length */
function endOfString(text: Buffer, start: number): number {
  for (let end = start; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text[end - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
}
