/**
 * Splits CSV into rows of fields. Commas separate fields and LF ends a row. A quoted field may contain commas, line ends
 * and doubled quotes (RFC 4180, as haproxy writes it: management manual, section 9.1).
 * @param width number of wanted fields per row; skipping the others saves most of the work
 * @returns undefined for malformed text: a last line without LF, an open quote, text after a closing quote
 */
export function parseCsv(text: string, width?: number): string[][] | undefined {
  const rows: string[][] = [];
  return visitCsv(text, width, (row) => rows.push(row)) ? rows : undefined;
}

/**
 * As parseCsv(), but calls `visit` with each row and keeps none, so that the memory of a long text can be used again at once.
 * @returns false for malformed text; the rows before the fault were visited
 */
export function visitCsv(
  text: string,
  width: number | undefined,
  visit: (row: string[]) => unknown,
): boolean {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    if (end < 0) return false;
    const line = text.slice(at, end);
    // the fast path for almost every row: a large haproxy has tens of thousands of rows with a hundred fields each
    const plain = line.includes('"') ? undefined : { fields: line.split(',', width), end };
    const row = plain ?? readRow(text, at);
    if (row === undefined) return false;
    visit(row === plain ? row.fields : row.fields.slice(0, width));
    at = row.end + 1;
  }
  return true;
}

/** Reads a row with quoted fields. @returns the fields and the position of the line end after them */
function readRow(text: string, start: number): { fields: string[]; end: number } | undefined {
  const fields: string[] = [];
  for (let at = start; ; ) {
    const field = readField(text, at);
    if (field === undefined) return undefined;
    fields.push(field.value);
    if (text[field.end] === '\n') return { fields, end: field.end };
    at = field.end + 1;
  }
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
