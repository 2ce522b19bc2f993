/** A line of a crt-list (haproxy manual, section 5.1, `crt-list`). */
export interface ListEntry {
  /** path of the certificate */
  readonly name: string;
  /** the names for which the certificate is used; empty: those in the certificate */
  readonly filters: readonly string[];
  /** the options in brackets; undefined without any */
  readonly options: string | undefined;
}

const ENTRY = /^(\S+?)(?:[ \t]+(\[.*\]))?((?:[ \t]+[^\s[\]]+)*)$/;
/** haproxy writes the number of the line behind the name. */
const SHOWN_ENTRY = /^(\S+):\d+(?:[ \t]+(\[.*\]))?((?:[ \t]+[^\s[\]]+)*)[ \t]*$/;
/** Characters that a command to haproxy takes as they are. */
const PLAIN_NAME = /^\/[\w./@:+-]+$/;
const PLAIN_FILTER = /^[\w.*!-]+$/;

/** Reads a crt-list. @returns undefined when a line has another form, a relative path or special characters */
export function readCrtList(text: string): ListEntry[] | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  return entriesOf(
    lines.filter((line) => line !== '' && !line.startsWith('#')),
    ENTRY,
  );
}

/** Reads the answer of haproxy 2.6 to 3.2 to `show ssl crt-list -n LIST`. @returns undefined for any other answer */
export function readShownList(answer: string): ListEntry[] | undefined {
  const [head = '', ...lines] = answer.split('\n');
  return head.startsWith('# ') ? entriesOf(lines, SHOWN_ENTRY) : undefined;
}

function entriesOf(lines: readonly string[], form: RegExp): ListEntry[] | undefined {
  const entries = lines.map((line): ListEntry | undefined => {
    const [, name = '', options, filters = ''] = form.exec(line) ?? [];
    const words = filters.split(/[ \t]+/).filter((word) => word !== '');
    const isPlain = PLAIN_NAME.test(name) && words.every((word) => PLAIN_FILTER.test(word));
    return isPlain ? { name, filters: words, options } : undefined;
  });
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

/** Whether two lines use their certificates for the same names. */
export const isFilteredAlike = (one: ListEntry, other: ListEntry): boolean =>
  one.filters.join(' ') === other.filters.join(' ');
