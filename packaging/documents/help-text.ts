import type { ManualPage, ManualRow, ManualSection } from './manual-page.ts';

/**
 * Reads a help text: a line `Usage: …`, paragraphs, and lists below a title with a colon.
 * @param command name of the program
 * @throws Error if the text has no usage or no description
 */
export function pageOfHelpText(command: string, text: string): ManualPage {
  const blocks = text.trim().split(/\n{2,}/);
  const usage = blocks.find((block) => block.startsWith('Usage: '))?.replace('Usage: ', '');
  const paragraphs = blocks.filter((block) => !/^Usage: |:\n/.test(block)).map(oneLine);
  const [first] = paragraphs;
  if (usage === undefined || first === undefined) throw new Error(`${command}: no usage or no description`);
  const summary = summaryOf(first);
  return { command, summary, usage, paragraphs, sections: sectionsOf(text), subcommands: [] };
}

/** Reads the lists of a help text: a title, and rows of a term, at least two spaces and a text. */
export function sectionsOf(text: string): ManualSection[] {
  const blocks = text.split(/\n{2,}/).filter((block) => /^\S.*:\n {2}/.test(block.trim()));
  return blocks.map((block) => {
    const [title = '', ...lines] = block.trim().split('\n');
    return { title: title.replace(/:$/, ''), rows: lines.map(rowOf) };
  });
}

/** Returns the text before the first full stop, colon or semicolon, for the section NAME of a page. */
export function summaryOf(description: string): string {
  const [clause = ''] = description.split(/[.:;](?:\s|$)/);
  return `${clause.charAt(0).toLowerCase()}${clause.slice(1)}`;
}

function rowOf(line: string): ManualRow {
  const match = /^ {2}(\S.*?) {2,}(.+)$/.exec(line);
  if (match === null) throw new Error(`a help text has a list with the line "${line}"`);
  const [, term = '', text = ''] = match;
  return { term, text };
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');
