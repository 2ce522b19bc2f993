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
const PLACEHOLDER = /\b(?:ADDRESS|CLIENT|FILE|LB|MAC|MD5|MEMBER|N|POOL|REASON|TIME)\b|…/;

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

/** Returns whether a text has a documented line. Each placeholder and each `…` stands for some characters. */
export function hasLine(text: string, line: string): boolean {
  const pattern = line
    .split(PLACEHOLDER)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+');
  const expression = new RegExp(`^${pattern}$`);
  return text.split('\n').some((one) => expression.test(one.trim()));
}
