import { workerPid } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { digestOf, payloadOf } from '../../domain/run-time/certificate-contents.ts';
import type { CertificateBasis, ComparedCertificates } from '../../domain/run-time/certificate-plan.ts';
import { type ListEntry, readCrtList, readShownList } from '../../domain/run-time/crt-list.ts';
import type { NamedFiles } from '../../domain/run-time/named-files.ts';
import {
  readShownAuthorities,
  readShownCertificate,
  readShownRevocations,
} from '../../domain/run-time/shown-certificates.ts';
import type { Host } from '../../host/host.ts';
import type { OperationContext } from '../context.ts';
import type { SentPayloads } from './sent-certificates.ts';
import { askWorker } from './worker-answers.ts';

type StateContext = Pick<OperationContext, 'paths' | 'host' | 'sentCertificates'>;

/** The certificates on disk and in one worker. */
export interface CertificateState extends CertificateBasis {
  readonly compared: ComparedCertificates;
}

const SHOW = {
  list: (list: string) => `show ssl crt-list -n ${list}`,
  certificate: (name: string) => `show ssl cert ${name}`,
  authorities: (file: string) => `show ssl ca-file ${file}`,
  revocations: (file: string) => `show ssl crl-file ${file}`,
} as const;

/**
 * Reads the named files and asks a worker for what it has of them.
 * @returns undefined after an unexpected answer
 * @throws SocketSilent
 */
export async function readCertificateState(
  context: StateContext,
  id: HaproxyId,
  files: NamedFiles,
): Promise<CertificateState | undefined> {
  const disk = await readNamedFiles(context.host, files);
  const names = [...new Set([...disk.listed, ...files.certificates.keys()])];
  const answers = await askWorker(context, id, [
    'show info',
    ...[...files.lists.keys()].map(SHOW.list),
    ...names.map(SHOW.certificate),
    ...[...files.authorities].map(SHOW.authorities),
    ...[...files.revocations].map(SHOW.revocations),
  ]);
  const worker = workerPid(answers?.get('show info') ?? '');
  if (answers === undefined || worker === undefined) return undefined;
  const lists = readAll(files.lists.keys(), SHOW.list, answers, readShownList);
  const earlier = earlierNames(lists, names);
  const more = await askWorker(context, id, earlier.map(SHOW.certificate));
  if (more === undefined) return undefined;
  const workerAge = (await context.host.processes.ageSeconds(worker)) ?? Number.POSITIVE_INFINITY;
  const sent = context.sentCertificates.to(id, worker);
  const all = new Map([...answers, ...more]);
  all.delete('show info');
  return {
    worker,
    files: disk.fingerprints,
    answers: all,
    compared: {
      files,
      disk: (file) => disk.files.get(file)?.text,
      shown: {
        lists,
        certificates: readAll([...names, ...earlier], SHOW.certificate, all, readShownCertificate),
        authorities: readAll(files.authorities, SHOW.authorities, all, readShownAuthorities),
        revocations: readAll(files.revocations, SHOW.revocations, all, readShownRevocations),
      },
      isLoaded: (file, name) => isLoaded(sent, workerAge, name, disk.files.get(file)),
    },
  };
}

const readAll = <Read>(
  names: Iterable<string>,
  question: (name: string) => string,
  answers: ReadonlyMap<string, string>,
  read: (answer: string) => Read,
): Map<string, Read> => new Map([...names].map((name) => [name, read(answers.get(question(name)) ?? '')]));

/** A default certificate may have the name of an earlier file in the worker. */
const earlierNames = (
  lists: ReadonlyMap<string, readonly ListEntry[] | undefined>,
  names: readonly string[],
): string[] =>
  [...new Set([...lists.values()].flatMap((entries) => entries?.[0]?.name ?? []))].filter(
    (name) => !names.includes(name),
  );

interface DiskFile {
  readonly file: string;
  readonly text: string;
  /** seconds since its last change */
  readonly age: number;
}

interface DiskFiles {
  readonly files: ReadonlyMap<string, DiskFile>;
  /** as CertificateState.files */
  readonly fingerprints: ReadonlyMap<string, string | undefined>;
  /** the certificates in the lists */
  readonly listed: readonly string[];
}

async function readNamedFiles({ files }: Pick<Host, 'files'>, named: NamedFiles): Promise<DiskFiles> {
  const found = new Map<string, DiskFile>();
  const fingerprints = new Map<string, string | undefined>();
  const readEach = async (paths: Iterable<string>): Promise<void> => {
    for (const file of new Set(paths)) {
      fingerprints.set(file, await files.fingerprint(file));
      const text = await files.read(file).catch(unlessDirectory);
      const age = await files.changeAgeSeconds(file);
      if (text !== undefined && age !== undefined)
        found.set(file, { file, text: text.toString('latin1'), age });
    }
  };
  const { lists, certificates, authorities, revocations } = named;
  await readEach([...lists.keys(), ...certificates.keys(), ...authorities, ...revocations]);
  const listed = [...lists.keys()].flatMap((list) => readCrtList(found.get(list)?.text ?? '') ?? []);
  await readEach(listed.map(({ name }) => name));
  return { files: found, fingerprints, listed: listed.map(({ name }) => name) };
}

function unlessDirectory(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return undefined;
  throw error;
}

/** Remembers a payload that a worker got without a reload. */
export function rememberSent(
  { sentCertificates }: Pick<StateContext, 'sentCertificates'>,
  id: HaproxyId,
  worker: number,
  { name, payload }: { readonly name: string; readonly payload: string },
): void {
  sentCertificates.to(id, worker).set(name, digestOf(payload));
}

/** A file whose last change is older than a worker was read by it, unless the worker got other content later. */
function isLoaded(sent: SentPayloads, workerAge: number, name: string, file: DiskFile | undefined): boolean {
  if (file === undefined) return false;
  const digest = sent.get(name);
  if (digest !== undefined) return digest === digestOf(payloadOf(file.text));
  return file.file === name && file.age > workerAge;
}
