/** The content of the manual page of a command. All texts are plain; a paragraph is one line. */
export interface ManualPage {
  readonly command: string;
  /** without a full stop */
  readonly summary: string;
  readonly usage: string;
  readonly paragraphs: readonly string[];
  readonly sections: readonly ManualSection[];
  readonly subcommands: readonly ManualSubcommand[];
}

/** A list of terms: options, arguments, exit codes. */
export interface ManualSection {
  readonly title: string;
  readonly rows: readonly ManualRow[];
}

export interface ManualRow {
  readonly term: string;
  readonly text: string;
}

export interface ManualSubcommand {
  readonly usage: string;
  readonly paragraphs: readonly string[];
  readonly rows: readonly ManualRow[];
}

/** @param date as in 2026-11-28 @returns the page in the language of man(7) */
export function manualPageText(
  page: ManualPage,
  {
    version,
    date,
    seeAlso,
  }: { readonly version: string; readonly date: string; readonly seeAlso: readonly string[] },
): string {
  const { command, summary, usage, paragraphs, sections, subcommands } = page;
  return [
    `.TH ${roff(command).toUpperCase()} 8 ${date} "amphora-agent ${version}"`,
    '.SH NAME',
    `${roff(command)} \\- ${roff(summary)}`,
    '.SH SYNOPSIS',
    ...usageLines(usage),
    '.SH DESCRIPTION',
    ...paragraphLines(paragraphs),
    ...(subcommands.length > 0 ? ['.SH COMMANDS', ...subcommands.flatMap(subcommandLines)] : []),
    ...sections.flatMap(({ title, rows }) => [`.SH ${roff(title).toUpperCase()}`, ...rows.flatMap(rowLines)]),
    '.SH SEE ALSO',
    ...seeAlso.map((name, index) => referenceLine(name, index === seeAlso.length - 1)),
    '',
  ].join('\n');
}

const subcommandLines = ({ usage, paragraphs, rows }: ManualSubcommand): string[] => [
  `.SS ${roff(usage)}`,
  ...paragraphLines(paragraphs),
  ...rows.flatMap(rowLines),
];

/** Returns a reference such as `.BR haproxy (1),`. */
const referenceLine = (name: string, isLast: boolean): string =>
  `.BR ${roff(name).replace('(', ' (')}${isLast ? '' : ','}`;

const usageLines = (usage: string): string[] => ['.nf', `.B ${roff(usage)}`, '.fi'];

const paragraphLines = (paragraphs: readonly string[]): string[] =>
  paragraphs.flatMap((text, index) => (index === 0 ? [textLine(text)] : ['.PP', textLine(text)]));

const rowLines = ({ term, text }: ManualRow): string[] => ['.TP', `.B ${roff(term)}`, textLine(text)];

const roff = (text: string): string =>
  text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');

/** Escapes a line for roff. A line that begins with a dot or an apostrophe would be a roff request. */
const textLine = (text: string): string => roff(text).replace(/^(?=[.'])/, '\\&');
