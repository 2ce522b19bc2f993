import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The Markdown files of the repository, relative to its root. */
export const DOCUMENTS: readonly string[] = globSync('{*.md,{docs,test}/**/*.md}').toSorted();

export const readDocument = (file: string): string => readFileSync(file, 'utf8');

/** One row of a Markdown table. */
export interface TableRow {
  /** from 1 */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Returns the tables of a Markdown text, each with its head as the first row. An escaped pipe separates no cells. */
export function tablesIn(text: string): TableRow[][] {
  const tables: TableRow[][] = [];
  let isInside = false;
  for (const [index, line] of text.split('\n').entries()) {
    const isRow = line.startsWith('|');
    if (isRow && !isInside) tables.push([]);
    isInside = isRow;
    if (isRow) tables.at(-1)?.push({ line: index + 1, cells: cellsOf(line) });
  }
  return tables;
}

function cellsOf(line: string): string[] {
  const cells = line.replaceAll('\\|', '\0').split('|').slice(1, -1);
  return cells.map((cell) => cell.replaceAll('\0', '|').trim());
}

/** Returns the rows of all tables of a text, without heads and the lines below them. */
export const rowsIn = (text: string): TableRow[] => tablesIn(text).flatMap((rows) => rows.slice(2));

/** Returns the text of a section, up to the next heading of the same or a higher level. */
export function sectionOf(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`no section "${heading}"`);
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1;
  const isEnd = (line: string): boolean => new RegExp(`^#{1,${level}} `).test(line);
  const length = lines.slice(start + 1).findIndex(isEnd);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** Returns the fenced code blocks of a language. */
export const codeBlocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]+?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );

/** Returns a text without its fenced code blocks. */
export const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]+?^```/gm, '');

/** Returns the anchors of the headings, as GitHub makes them: lower case, no punctuation, a hyphen for each space. */
export function anchorsIn(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** Returns the targets of the links and pictures of a text. */
export const linksIn = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** @returns why a link of a document is broken, or undefined if it resolves. Addresses of the web are not checked. */
export function brokenLink(document: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? document : path.join(path.dirname(document), file);
  if (!existsSync(found)) return `${document}: ${target}: no such file`;
  const isAnchored = anchor === undefined || anchorsIn(readDocument(found)).includes(anchor);
  return isAnchored ? undefined : `${document}: ${target}: no such heading`;
}
