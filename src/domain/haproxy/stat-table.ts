import { AgentError } from '../../errors.ts';
import { visitCsv } from '../text/csv.ts';

/** A haproxy's answer about its listeners is unusable as a whole. */
export class UnusableStatistics extends AgentError {}

/** Rows of an answer to `show stat`, and the positions of the wanted columns in each row. */
export interface StatTable<Column extends string> {
  readonly rows: readonly (readonly string[])[];
  readonly at: Readonly<Record<Column, number>>;
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
  const at = visitStatTable(answer, columns, (fields) => rows.push(fields));
  return { rows, at };
}

/**
 * As readStatTable(), but calls `visit` with each row and keeps none: the rows of thousands of members would outlive V8's young
 * generation. The caller drops what it made of the rows when this function throws.
 */
export function visitStatTable<Column extends string>(
  answer: string,
  columns: readonly Column[],
  visit: (fields: string[], at: StatTable<Column>['at']) => unknown,
): StatTable<Column>['at'] {
  if (!answer.startsWith('# ')) throw new UnusableStatistics('the answer has no header');
  if (!answer.endsWith('\n\n')) throw new UnusableStatistics('the answer was cut off');
  const headerEnd = answer.indexOf('\n');
  const at = positionsIn(answer.slice(2, headerEnd).split(','), columns);
  const width = Math.max(...Object.values<number>(at)) + 1;
  const isCsv = visitCsv(answer.slice(headerEnd + 1, -1), width, (fields) => {
    if (fields.length < width) throw new UnusableStatistics('a row is shorter than the header');
    visit(fields, at);
  });
  if (!isCsv) throw new UnusableStatistics('the answer is not CSV');
  return at;
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
