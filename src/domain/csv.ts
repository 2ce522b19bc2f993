/**
 * Cuts CSV into rows of fields: commas, lines ended by LF, a field in double quotes may hold commas, line ends and
 * doubled quotes (RFC 4180, as haproxy writes it: management manual, section 9.1).
 * @returns undefined where the text isn't that: a last line without its end, an open quote, text after a closing quote
 */
export function parseCsv(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const field = readField(text, at);
    if (field === undefined) return undefined;
    row.push(field.value);
    at = field.end + 1;
    if (text[field.end] === '\n') {
      rows.push(row);
      row = [];
    }
  }
  return row.length === 0 ? rows : undefined;
}

interface Field {
  readonly value: string;
  /** position of the comma or line end after the field */
  readonly end: number;
}

const PLAIN = /[^,\n"]*/y;
const QUOTED = /"((?:[^"]|"")*)"/y;

function readField(text: string, start: number): Field | undefined {
  const quoted = text[start] === '"';
  const pattern = quoted ? QUOTED : PLAIN;
  pattern.lastIndex = start;
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const end = pattern.lastIndex;
  if (text[end] !== ',' && text[end] !== '\n') return undefined;
  return { value: quoted ? (found[1] ?? '').replaceAll('""', '"') : found[0], end };
}
