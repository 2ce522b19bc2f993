import {
  type CertificateContent,
  hasItsKey,
  payloadOf,
  readAuthorities,
  readCertificate,
  readRevocations,
} from './certificate-contents.ts';
import type { ListEntry } from './crt-list.ts';
import { isUsable, type ListChange, listChange } from './list-changes.ts';
import type { NamedFiles, TlsBind } from './named-files.ts';
import type { ShownCertificate } from './shown-certificates.ts';

/** What a comparison of certificates was based on. While all of it stays, a comparison has the same result. */
export interface CertificateBasis {
  /** process id of the worker */
  readonly worker: number;
  /** the files that were read, each as Files.fingerprint() was before; undefined for one that did not exist */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** the answers of the worker, by command; that to `show info` is not among them */
  readonly answers: ReadonlyMap<string, string>;
}

/** The certificates on disk and in the memory of a worker. */
export interface ComparedCertificates {
  readonly files: NamedFiles;
  /** @returns the text of a file on disk; undefined when it can't be read */
  readonly disk: (file: string) => string | undefined;
  readonly shown: {
    /** undefined when the worker has no such list, or an unreadable one */
    readonly lists: ReadonlyMap<string, readonly ListEntry[] | undefined>;
    readonly certificates: ReadonlyMap<string, ShownCertificate | undefined>;
    readonly authorities: ReadonlyMap<string, readonly string[] | undefined>;
    readonly revocations: ReadonlyMap<string, readonly string[] | undefined>;
  };
  /** whether the worker has the content that a file has now under a name, even the parts that haproxy does not show */
  readonly isLoaded: (file: string, name: string) => boolean;
}

/** New content for a certificate in the memory of a worker. */
export interface ContentChange {
  /** the name in the memory of the worker */
  readonly name: string;
  /** the file on disk; another one than `name` for a default certificate whose name changed */
  readonly file: string;
  readonly payload: string;
  /** whether the worker has no such name yet */
  readonly isNew: boolean;
}

/** A TLS handshake that shows whether clients get a new certificate. */
export interface Handshake extends TlsBind {
  /** the name that the client sends; undefined for the default certificate */
  readonly serverName: string | undefined;
  readonly file: string;
  /** SHA-1 in upper-case hexadecimal digits */
  readonly fingerprint: string;
}

/** The changes that give a worker the certificates on disk, or the reason why only a reload can. */
export type CertificatePlan =
  | {
      readonly kind: 'changes';
      /** the number of changed files; 0 when there is nothing to change */
      readonly count: number;
      readonly contents: readonly ContentChange[];
      readonly additions: readonly { readonly list: string; readonly entry: ListEntry }[];
      readonly removals: readonly { readonly list: string; readonly name: string }[];
      /** names that no list uses after the change */
      readonly unused: readonly string[];
      readonly handshakes: readonly Handshake[];
    }
  | { readonly kind: 'reload'; readonly detail: string };

/** Ends the decision: only a reload gives the worker these files. */
class NeedsReload extends Error {}

/** Decides how a worker gets the certificates on disk. */
export function certificatePlan(compared: ComparedCertificates): CertificatePlan {
  try {
    return decide(compared);
  } catch (error) {
    if (error instanceof NeedsReload) return { kind: 'reload', detail: error.message };
    throw error;
  }
}

function decide(compared: ComparedCertificates): CertificatePlan {
  const { files, shown } = compared;
  const lists = [...files.lists.keys()].map((list) => changeOf(list, compared));
  const wanted = wantedNames(lists, files);
  const certificates = [...wanted].map(([name, file]) => certificateChange(name, file, lists, compared));
  for (const file of files.authorities)
    refuseDifferent(file, shown.authorities.get(file), readAuthorities, compared);
  for (const file of files.revocations)
    refuseDifferent(file, shown.revocations.get(file), readRevocations, compared);
  const contents = certificates.flatMap(({ change }) => change ?? []);
  for (const { name, payload } of contents)
    if (name.length + payload.length > files.longestCommand)
      throw new NeedsReload(`the file ${name} is too large for a command`);
  const content = new Map(certificates.map((one) => [one.name, one.content]));
  const changed = new Set(contents.map(({ name }) => name));
  for (const list of lists) refuseUnclear(list, { changed, content, files });
  const removals = lists.flatMap(({ list, removals: names }) => names.map((name) => ({ list, name })));
  const changedLists = lists.filter((list) => list.additions.length + list.removals.length > 0);
  return {
    kind: 'changes',
    count: contents.length + changedLists.length,
    contents,
    additions: lists.flatMap(({ list, additions }) => additions.map((entry) => ({ list, entry }))),
    removals,
    unused: [...new Set(removals.map(({ name }) => name))].filter((name) => !wanted.has(name)),
    handshakes: [
      ...lists.flatMap((list) => listHandshake(list, { changed, content, files }) ?? []),
      ...bindHandshakes({ changed, content, files }),
    ],
  };
}

function changeOf(list: string, { disk, shown, isLoaded }: ComparedCertificates): ListChange {
  const change = listChange(list, {
    text: disk(list),
    shown: shown.lists.get(list),
    isLoaded: isLoaded(list, list),
  });
  if ('refusal' in change) throw new NeedsReload(`${change.refusal} (list ${list})`);
  return change;
}

/** Returns the names that the worker needs, each with the file on disk that has its content. */
function wantedNames(lists: readonly ListChange[], { certificates }: NamedFiles): Map<string, string> {
  const wanted = new Map<string, string>();
  const want = (name: string, file: string): void => {
    if ((wanted.get(name) ?? file) !== file)
      throw new NeedsReload(`the worker has the default certificate under a name of another file (${name})`);
    wanted.set(name, file);
  };
  for (const { entries } of lists) for (const { name, entry } of entries) want(name, entry.name);
  for (const file of certificates.keys()) want(file, file);
  return wanted;
}

interface ComparedCertificate {
  readonly name: string;
  readonly content: CertificateContent;
  /** undefined when the worker has the content */
  readonly change: ContentChange | undefined;
}

function certificateChange(
  name: string,
  file: string,
  lists: readonly ListChange[],
  { files, disk, shown, isLoaded }: ComparedCertificates,
): ComparedCertificate {
  const text = disk(file) ?? '';
  const content = readCertificate(text);
  if (content === undefined) throw new NeedsReload(`the file ${file} contains no readable certificate`);
  const running = shown.certificates.get(name);
  const isNew = running === undefined;
  const isAddedOnly = !files.certificates.has(name) && lists.every((list) => isAdditionOnly(list, name));
  if (isNew && !isAddedOnly) throw new NeedsReload(`the worker has no certificate ${name}`);
  const isSame =
    running?.fingerprint === content.fingerprint &&
    isSameChain(running.chain, content.chain) &&
    (!content.hasHiddenParts || isLoaded(file, name));
  // nothing is sent when one file is unusable; haproxy's own check then says what is wrong
  if (!isSame && !hasItsKey(text))
    throw new NeedsReload(`the file ${file} has no private key of its certificate`);
  const change = { name, file, payload: payloadOf(text), isNew };
  return { name, content, change: isSame ? undefined : change };
}

const isAdditionOnly = ({ entries, additions }: ListChange, name: string): boolean =>
  entries.every((one) => one.name !== name || additions.includes(one.entry));

const isSameChain = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length &&
  one.every((name, at) => name === other[at] || name === '' || other[at] === '');

/**
 * Refuses a changed file of authorities or revocation lists. A worker that gets one at run time loses the connection between
 * its binds and their certificates: later certificates have no effect, and haproxy 3.0 ended in a crash (measured with 2.6.12
 * and 3.0.11; https://github.com/haproxy/haproxy/issues/3165).
 * @param running what the worker has
 */
function refuseDifferent(
  file: string,
  running: readonly string[] | undefined,
  read: (text: string) => readonly string[] | undefined,
  { disk, isLoaded }: ComparedCertificates,
): void {
  const content = read(disk(file) ?? '');
  if (content === undefined && isLoaded(file, file)) return;
  if (content === undefined) throw new NeedsReload(`the agent cannot compare the file ${file}`);
  if (running?.join('\n') !== content.join('\n'))
    throw new NeedsReload(`the authorities or revocations changed (file ${file})`);
}

interface ChangedContents {
  /** the names whose content changes */
  readonly changed: ReadonlySet<string>;
  readonly content: ReadonlyMap<string, CertificateContent>;
  readonly files: NamedFiles;
}

/** Refuses a change after which the worker could choose another certificate than after a reload. */
function refuseUnclear(list: ListChange, { changed, content, files }: ChangedContents): void {
  const isChanged = isListChanged(list, changed) || list.isReordered;
  if (!isChanged) return;
  if (files.hasMixedBinds) throw new NeedsReload('a bind line names several lists or certificates');
  const seen = new Set<string>();
  for (const { name, entry } of list.entries)
    for (const served of servedNames(entry, content.get(name))) {
      if (seen.has(served))
        throw new NeedsReload(`two certificates of a list have the same name (list ${list.list})`);
      seen.add(served);
    }
}

const isListChanged = ({ entries, additions, removals }: ListChange, changed: ReadonlySet<string>): boolean =>
  additions.length + removals.length > 0 || entries.some(({ name }) => changed.has(name));

const servedNames = ({ filters }: ListEntry, content: CertificateContent | undefined): readonly string[] =>
  filters.length > 0 ? filters.map((filter) => filter.toLowerCase()) : (content?.names ?? []);

/** Returns a handshake with the first changed certificate of a list that a client can choose. */
function listHandshake(
  list: ListChange,
  { changed, content, files }: ChangedContents,
): Handshake | undefined {
  const [bind] = files.lists.get(list.list) ?? [];
  if (bind === undefined) return undefined;
  const others = new Set(list.entries.flatMap(({ name, entry }) => servedNames(entry, content.get(name))));
  for (const [at, { name, entry }] of list.entries.entries()) {
    const served = content.get(name);
    if (served === undefined || !(changed.has(name) || list.additions.includes(entry))) continue;
    const serverName = chosenName(servedNames(entry, served), others);
    const isReached = serverName !== undefined || (at === 0 && !bind.isStrict);
    if (isReached) return { ...bind, serverName, file: entry.name, fingerprint: served.fingerprint };
  }
  return undefined;
}

function bindHandshakes({ changed, content, files }: ChangedContents): Handshake[] {
  return [...files.certificates].flatMap(([file, [bind]]): Handshake[] => {
    const served = content.get(file);
    if (bind === undefined || served === undefined || !changed.has(file)) return [];
    if (files.hasMixedBinds) throw new NeedsReload('a bind line names several lists or certificates');
    const serverName = chosenName(served.names, new Set(served.names));
    if (serverName === undefined && bind.isStrict) return [];
    return [{ ...bind, serverName, file, fingerprint: served.fingerprint }];
  });
}

/** Returns a name by which a client gets a certificate. @param all the names of all certificates of the list */
function chosenName(names: readonly string[], all: ReadonlySet<string>): string | undefined {
  if (names.some((name) => name.startsWith('!'))) return undefined;
  const candidates = names.map((name) => name.replace(/^\*\./, 'amphora-agent.'));
  return candidates.find((name, at) => isUsable(name) && (name === names[at] || !all.has(name)));
}
