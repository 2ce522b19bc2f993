import { type CertificateDrift, certificateDrift } from '../../../domain/drift/certificate-drift.ts';
import type { HaproxyId } from '../../../domain/ids.ts';
import type { CertificateBasis } from '../../../domain/run-time/certificate-plan.ts';
import { type NamedFiles, namedFiles } from '../../../domain/run-time/named-files.ts';
import type { OperationContext } from '../../context.ts';
import { type CertificateState, readCertificateState } from '../../run-time/certificate-state.ts';
import { askWorkerState, askWorkerWith, type WorkerState } from '../../run-time/worker.ts';

type LookContext = Pick<OperationContext, 'paths' | 'host' | 'sentCertificates' | 'drift'>;

/** The certificates of one haproxy, compared with its files. */
export interface SeenCertificates {
  readonly drift: readonly CertificateDrift[];
  /** whether a file is newer than the last moment at which haproxy got its certificates: a request may put it in force later */
  readonly isPending: boolean;
}

const NO_CERTIFICATES: SeenCertificates = { drift: [], isPending: false };

/**
 * Compares the certificates in the memory of a worker with the files that its text names. The files are read only if one of them, or
 * an answer of haproxy, differs from the last look.
 * @param applyAge seconds since haproxy got its certificates
 * @returns undefined when another worker answers, or in an unknown form
 * @throws SocketSilent
 */
export async function lookAtCertificates(
  context: LookContext,
  {
    id,
    text,
    worker,
    hasEqualCertificates,
  }: AnsweringHaproxy & { readonly id: HaproxyId; readonly text: string },
  applyAge: () => Promise<number>,
): Promise<SeenCertificates | undefined> {
  const looks = context.drift.lastLooks.certificates;
  const files = namedFiles(text);
  if ('refusal' in files || namesNone(files)) {
    looks.delete(id);
    return NO_CERTIFICATES;
  }
  if (hasEqualCertificates && looks.has(id)) return NO_CERTIFICATES;
  looks.delete(id);
  const state = await readCertificateState(context, id, files);
  if (state === undefined || state.worker !== worker.pid) return undefined;
  const drift = await withoutDirectories(context, state, certificateDrift(state.compared));
  if (drift.length > 0) return { drift, isPending: await isAnyNewer(context, state, await applyAge()) };
  looks.set(id, { worker: state.worker, files: state.files, answers: state.answers });
  return NO_CERTIFICATES;
}

const namesNone = ({ lists, certificates, authorities, revocations }: NamedFiles): boolean =>
  lists.size + certificates.size + authorities.size + revocations.size === 0;

/** The answer of a haproxy. */
export interface AnsweringHaproxy {
  readonly worker: WorkerState;
  /** whether the files and the answers are those of the last look at certificates, or that look named none */
  readonly hasEqualCertificates: boolean;
}

/**
 * Asks a haproxy for its servers, and on the same connection for what it has of the certificates that the last look saw without a
 * difference.
 * @returns undefined when no worker answers
 */
export async function askForLook(context: LookContext, id: HaproxyId): Promise<AnsweringHaproxy | undefined> {
  const known = context.drift.lastLooks.certificates.get(id);
  const seen = known && (await askWorkerWith(context, id, [...known.answers.keys()]));
  if (known !== undefined && seen !== undefined) {
    const { worker, answers } = seen;
    return { worker, hasEqualCertificates: await isEqual(context, worker, known, answers) };
  }
  const worker = await askWorkerState(context, id);
  return worker && { worker, hasEqualCertificates: known === undefined };
}

async function isEqual(
  { host }: Pick<LookContext, 'host'>,
  { pid }: WorkerState,
  known: CertificateBasis,
  answers: ReadonlyMap<string, string>,
): Promise<boolean> {
  if (known.worker !== pid) return false;
  for (const [file, fingerprint] of known.files)
    if ((await host.files.fingerprint(file)) !== fingerprint) return false;
  return [...known.answers].every(([question, answer]) => answers.get(question) === answer);
}

/** A `crt` may name a directory, whose files the agent does not compare. */
async function withoutDirectories(
  { host }: LookContext,
  { compared }: CertificateState,
  drift: readonly CertificateDrift[],
): Promise<CertificateDrift[]> {
  const kept: CertificateDrift[] = [];
  for (const one of drift) {
    const isDirectory = compared.disk(one.file) === undefined && (await host.files.exists(one.file));
    if (!isDirectory) kept.push(one);
  }
  return kept;
}

async function isAnyNewer(
  { host }: LookContext,
  { files }: CertificateState,
  applyAge: number,
): Promise<boolean> {
  for (const file of files.keys()) {
    const age = await host.files.changeAgeSeconds(file);
    if (age !== undefined && age <= applyAge) return true;
  }
  return false;
}
