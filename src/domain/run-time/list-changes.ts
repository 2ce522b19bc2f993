import { isFilteredAlike, type ListEntry, readCrtList } from './crt-list.ts';
import type { Refusal } from './named-files.ts';

/** The changes of one crt-list. */
export interface ListChange {
  readonly list: string;
  /** the lines on disk in their order, each with the name that its certificate has in the memory of the worker */
  readonly entries: readonly { readonly name: string; readonly entry: ListEntry }[];
  readonly additions: readonly ListEntry[];
  /** names in the memory of the worker */
  readonly removals: readonly string[];
  /** whether the worker has the lines in another order */
  readonly isReordered: boolean;
}

/** A crt-list on disk and in the memory of a worker. */
export interface ComparedList {
  /** undefined when the file can't be read */
  readonly text: string | undefined;
  /** undefined when the worker has no such list, or an unreadable one */
  readonly shown: readonly ListEntry[] | undefined;
  /** whether the worker has read the file as it is now */
  readonly isLoaded: boolean;
}

/**
 * Compares a crt-list. The first line is the default certificate, which haproxy can't remove from the list: a default with
 * another file name keeps its name in the memory of the worker.
 */
export function listChange(list: string, { text, shown, isLoaded }: ComparedList): ListChange | Refusal {
  const entries = readCrtList(text ?? '');
  if (entries === undefined) return { refusal: 'a line has another form than a path with filters' };
  if (shown === undefined) return { refusal: 'the worker has no such list' };
  const [standard, ...others] = entries;
  const [running, ...runningOthers] = shown;
  if (standard === undefined || running === undefined) return { refusal: 'the list is empty' };
  // the agent does not compare the files of single lines
  if (entries.some((entry) => /file/.test(entry.options ?? '')))
    return { refusal: 'a line names further files' };
  const withOptions = hasOptions(entries, shown);
  if (isSameList(entries, shown) && (isLoaded || !withOptions)) return unchanged(list, entries);
  if (withOptions) return { refusal: 'a line has options' };
  if (hasTwice(entries) || hasTwice(shown)) return { refusal: 'a certificate is in two lines' };
  if (!isFilteredAlike(standard, running))
    return { refusal: 'the filters of the default certificate changed' };
  if (others.some(({ name }) => name === running.name))
    return { refusal: 'the earlier default certificate has another line now' };
  const before = new Map(runningOthers.map((entry) => [entry.name, entry]));
  const after = new Map(others.map((entry) => [entry.name, entry]));
  const kept = runningOthers.filter(({ name }) => after.has(name));
  if (kept.some((entry) => !isSame(entry, after.get(entry.name))))
    return { refusal: 'the filters of a line changed' };
  const additions = others.filter(({ name }) => !before.has(name));
  const order = [...kept, ...additions].map(({ name }) => name).join(' ');
  return {
    list,
    entries: [
      { name: running.name, entry: standard },
      ...others.map((entry) => ({ name: entry.name, entry })),
    ],
    additions,
    removals: runningOthers.map(({ name }) => name).filter((name) => !after.has(name)),
    isReordered: order !== others.map(({ name }) => name).join(' '),
  };
}

const unchanged = (list: string, entries: readonly ListEntry[]): ListChange => ({
  list,
  entries: entries.map((entry) => ({ name: entry.name, entry })),
  additions: [],
  removals: [],
  isReordered: false,
});

const isSame = (one: ListEntry, other: ListEntry | undefined): boolean =>
  other !== undefined && one.name === other.name && isFilteredAlike(one, other);

const isSameList = (one: readonly ListEntry[], other: readonly ListEntry[]): boolean =>
  one.length === other.length && one.every((entry, at) => isSame(entry, other[at]));

const hasOptions = (...lists: readonly (readonly ListEntry[])[]): boolean =>
  lists.flat().some((entry) => entry.options !== undefined);

const hasTwice = (entries: readonly ListEntry[]): boolean =>
  new Set(entries.map(({ name }) => name)).size < entries.length;

/** Whether a name can be sent as the server name of a TLS handshake (RFC 6066, section 3). */
export const isUsable = (name: string): boolean =>
  /^(?!-)[\w-]+(?:\.[\w-]+)+$/.test(name) && !/^[\d.]+$/.test(name);
