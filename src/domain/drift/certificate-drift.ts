import {
  type CertificateContent,
  readAuthorities,
  readCertificate,
  readRevocations,
} from '../run-time/certificate-contents.ts';
import type { ComparedCertificates } from '../run-time/certificate-plan.ts';
import { listChange } from '../run-time/list-changes.ts';
import type { ShownCertificate } from '../run-time/shown-certificates.ts';

/** A file of certificates that differs from what a worker has of it. */
export interface CertificateDrift {
  readonly file: string;
  readonly wanted: string;
  readonly seen: string;
  /** whether the file is gone or unreadable, so that nothing can be sent from it */
  readonly isUnusable: boolean;
}

/** What a worker shows, and the files, of which only the visible parts are compared. */
export type SeenCertificates = Omit<ComparedCertificates, 'isLoaded'>;

/**
 * Compares what haproxy shows of its certificates with the files: fingerprints, names of the chain, lines of the lists, authorities
 * and revocation lists. What haproxy does not show counts as equal, and so does a form that the agent can't read.
 */
export function certificateDrift({ files, disk, shown }: SeenCertificates): CertificateDrift[] {
  const found: CertificateDrift[] = [];
  const wanted = new Map([...files.certificates.keys()].map((file) => [file, file]));
  for (const list of files.lists.keys()) {
    const text = disk(list);
    const change = listChange(list, { text, shown: shown.lists.get(list), isLoaded: true });
    if (text === undefined) found.push(gone(list));
    if ('refusal' in change) continue;
    if (change.additions.length + change.removals.length > 0)
      found.push(differs(list, 'the lines of the file', 'others'));
    for (const { name, entry } of change.entries)
      if (!change.additions.includes(entry)) wanted.set(name, entry.name);
  }
  for (const [name, file] of wanted) found.push(...fileDrift(file, disk(file), shown.certificates.get(name)));
  for (const file of files.authorities)
    found.push(
      ...listDrift(file, disk(file), { read: readAuthorities, running: shown.authorities.get(file) }),
    );
  for (const file of files.revocations)
    found.push(
      ...listDrift(file, disk(file), { read: readRevocations, running: shown.revocations.get(file) }),
    );
  return found;
}

function fileDrift(
  file: string,
  text: string | undefined,
  running: ShownCertificate | undefined,
): CertificateDrift[] {
  const content = text === undefined ? undefined : readCertificate(text);
  if (content === undefined) return [gone(file)];
  // haproxy doesn't show the certificates of some places, and an earlier version none
  if (running === undefined || isShownAlike(running, content)) return [];
  const seen = running.fingerprint ?? 'none';
  const isOtherChain = seen === content.fingerprint;
  return [differs(file, content.fingerprint, isOtherChain ? `${seen} with another chain` : seen)];
}

const isShownAlike = (running: ShownCertificate, content: CertificateContent): boolean =>
  running.fingerprint === content.fingerprint &&
  running.chain.length === content.chain.length &&
  running.chain.every((name, at) => name === '' || content.chain[at] === '' || name === content.chain[at]);

function listDrift(
  file: string,
  text: string | undefined,
  {
    read,
    running,
  }: {
    readonly read: (text: string) => readonly string[] | undefined;
    readonly running: readonly string[] | undefined;
  },
): CertificateDrift[] {
  if (text === undefined) return [gone(file)];
  const content = read(text);
  const isSame = content === undefined || running === undefined || content.join() === running.join();
  return isSame ? [] : [differs(file, 'the content of the file', 'other content')];
}

const gone = (file: string): CertificateDrift => ({
  ...{ file, wanted: `${file}: a certificate file`, seen: `${file}: no readable file` },
  isUnusable: true,
});

const differs = (file: string, wanted: string, seen: string): CertificateDrift => ({
  ...{ file, wanted: `${file}: ${wanted}`, seen: `${file}: ${seen} in the memory of haproxy` },
  isUnusable: false,
});
