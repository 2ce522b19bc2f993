import { AgentError } from '../../errors.ts';
import { readCsv } from '../text/csv.ts';

/** A haproxy's answer about its listeners is unusable as a whole. */
export class UnusableStatistics extends AgentError {}

/** The position of each wanted column in a row. */
type Positions<Column extends string> = Readonly<Record<Column, number>>;

/** Rows of an answer to `show stat`, and the positions of the wanted columns in each row. */
export interface StatTable<Column extends string> {
  readonly rows: readonly (readonly string[])[];
  readonly at: Positions<Column>;
}

/**
 * Reads an answer to `show stat` (management manual, section 9.1).
 * @param columns the wanted columns; columns behind the last of them are not read
 * @throws UnusableStatistics unless the answer is complete: header, rows with all wanted columns, final empty line
 */
export function readStatTable<Column extends string>(
  answer: string,
  columns: readonly Column[],
): StatTable<Column> {
  const rows: string[][] = [];
  const at = readStatRows(answer, columns, (fields) => rows.push(fields));
  return { rows, at };
}

/**
 * Reads an answer as readStatTable() does, and passes on one row after the other. Most fields of a large answer are
 * garbage at once then, which costs the least.
 * @param onRow called for each row that comes before a fault
 * @returns the positions
 * @throws UnusableStatistics as readStatTable() does
 */
export function readStatRows<Column extends string>(
  answer: string,
  columns: readonly Column[],
  onRow: (fields: string[], at: Positions<Column>) => void,
): Positions<Column> {
  return createStatReader(columns)(answer, onRow);
}

/** Reads answers as readStatRows() does. */
export type StatReader<Column extends string> = (
  answer: string,
  onRow: (fields: string[], at: Positions<Column>) => void,
) => Positions<Column>;

/** Creates a reader that keeps the positions of the last header, which changes with haproxy's version only. */
export function createStatReader<Column extends string>(columns: readonly Column[]): StatReader<Column> {
  let known: { readonly header: string; readonly at: Positions<Column>; readonly width: number } | undefined;
  return (answer, onRow) => {
    const headerEnd = answer.indexOf('\n');
    const header = answer.slice(0, headerEnd);
    if (known?.header !== header) {
      if (!header.startsWith('# ')) throw new UnusableStatistics('the answer has no header');
      const at = positionsIn(header.slice(2).split(','), columns);
      known = { header, at, width: Math.max(...Object.values<number>(at)) + 1 };
    }
    readRows(answer, headerEnd + 1, known, onRow);
    return known.at;
  };
}

function readRows<Column extends string>(
  answer: string,
  start: number,
  { at, width }: { readonly at: Positions<Column>; readonly width: number },
  onRow: (fields: string[], at: Positions<Column>) => void,
): void {
  if (!answer.endsWith('\n\n')) throw new UnusableStatistics('the answer was cut off');
  const isCsv = readCsv(answer.slice(start, -1), width, (fields) => {
    if (fields.length < width) throw new UnusableStatistics('a row is shorter than the header');
    onRow(fields, at);
  });
  if (!isCsv) throw new UnusableStatistics('the answer is not CSV');
}

function positionsIn<Column extends string>(
  header: readonly string[],
  columns: readonly Column[],
): Record<Column, number> {
  const positions = columns.map((column) => {
    const position = header.indexOf(column);
    if (position < 0) throw new UnusableStatistics(`the answer has no column ${column}`);
    return [column, position] as const;
  });
  return Object.fromEntries(positions) as Record<Column, number>;
}
