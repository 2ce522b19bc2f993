import { readDocument, rowsIn, sectionOf } from './documents.ts';

/** Where docs/operations.md says that a fault shows. */
export interface DocumentedLine {
  /** paths of requests, for example `/status` */
  readonly places: readonly string[];
  /** the line as documented, with placeholders */
  readonly line: string;
}

/** A fault of docs/operations.md that can be found without ssh. */
export interface DocumentedFault {
  readonly name: string;
  readonly lines: readonly DocumentedLine[];
  readonly remedy: string;
}

const HEADING = 'Find a fault without ssh';
const LINE = /^((?:`[^`]+`(?:, )?)+): `([^`]+)`$/;
/** divides a line into literal parts and, between them, placeholders */
const PLACEHOLDER = /(\b(?:ADDRESS|CLIENT|COUNT|FILE|LB|MAC|MD5|MEMBER|N|POOL|REASON|TIME)\b|…)/;

/** Reads the table of faults. @throws Error if a cell has another form than `place`, `place`: `line` */
export const documentedFaults = (): DocumentedFault[] =>
  rowsIn(sectionOf(readDocument('docs/operations.md'), HEADING)).map(
    ({ cells: [name = '', lines = '', remedy = ''] }) => ({
      name,
      lines: lines.split('<br>').map(documentedLine),
      remedy,
    }),
  );

function documentedLine(text: string): DocumentedLine {
  const [, places, line] = LINE.exec(text.trim()) ?? [];
  if (places === undefined || line === undefined) throw new Error(`not a documented line: ${text}`);
  return { places: [...places.matchAll(/`([^`]+)`/g)].map(([, place = '']) => place), line };
}

/** Returns whether a text has a documented line. COUNT stands for a number above 0, any other placeholder for some characters. */
export function hasLine(text: string, line: string): boolean {
  const pattern = line
    .split(PLACEHOLDER)
    .map((part, index) => (index % 2 === 1 ? patternOf(part) : literal(part)))
    .join('');
  const expression = new RegExp(`^${pattern}$`);
  return text.split('\n').some((one) => expression.test(one.trim()));
}

const patternOf = (placeholder: string): string => (placeholder === 'COUNT' ? '[1-9]\\d*' : '.+');
const literal = (part: string): string => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
