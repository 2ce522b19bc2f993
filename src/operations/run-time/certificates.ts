import { isAtLeast } from '../../domain/haproxy/haproxy-version.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { type CertificatePlan, certificatePlan } from '../../domain/run-time/certificate-plan.ts';
import { type NamedFiles, namedFiles } from '../../domain/run-time/named-files.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { sendCertificates } from './certificate-commands.ts';
import { type CertificateState, readCertificateState, rememberSent } from './certificate-state.ts';
import { ChangeFailed } from './change-failed.ts';

/** The changes that give a worker the certificates on disk, or the reason why only a reload can. */
export type CertificateChanges =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'changes';
      /** number of changed files */
      readonly count: number;
      /** Makes the changes and verifies them. @throws ChangeFailed, SocketSilent */
      readonly apply: () => Promise<void>;
    }
  | { readonly kind: 'reload'; readonly detail: string };

/** One haproxy and the configuration that it is to run. */
export interface CertifiedHaproxy {
  readonly id: HaproxyId;
  /** text of the stored configuration; the running one differs only in server lines */
  readonly wanted: string;
  /** haproxy's version, for example `2.6.12-1+deb12u4` */
  readonly version: string;
  /** whether the parts of a file that haproxy does not show, such as the keys of a chain, count as loaded; default: false */
  readonly isHiddenPartLoaded?: boolean;
}

type CertificateContext = Pick<OperationContext, 'paths' | 'host' | 'sentCertificates'>;

const NAMES_CERTIFICATE = /\s(?:crt-list|crt|ca-file|ca-verify-file|crl-file|ssl-f-use)\s/;
/** The answers of haproxy before this version were never tested. */
const FIRST_VERSION = [2, 6] as const;

/**
 * Compares the certificates that a configuration names with those in the memory of the worker (docs/reloads.md).
 */
export async function certificateChanges(
  context: CertificateContext,
  { id, wanted, version, isHiddenPartLoaded = false }: CertifiedHaproxy,
): Promise<CertificateChanges> {
  if (!NAMES_CERTIFICATE.test(wanted)) return { kind: 'same' };
  const reload = (detail: string): CertificateChanges => ({ kind: 'reload', detail });
  if (!isAtLeast(version, FIRST_VERSION))
    return reload(`haproxy ${version} takes no certificates at run time`);
  const files = namedFiles(wanted);
  if ('refusal' in files) return reload(files.refusal);
  const planOf = ({ compared }: CertificateState): CertificatePlan =>
    certificatePlan(isHiddenPartLoaded ? { ...compared, isLoaded: () => true } : compared);
  const state = await readCertificateState(context, id, files).catch(unlessSilent);
  if (state === undefined) return reload('haproxy gave no known answer about its certificates');
  const plan = planOf(state);
  if (plan.kind === 'reload') return plan;
  if (plan.count === 0) return { kind: 'same' };
  return {
    kind: 'changes',
    count: plan.count,
    apply: () => apply(context, id, { files, plan, planOf, worker: state.worker }),
  };
}

function unlessSilent(error: unknown): undefined {
  if (error instanceof SocketSilent) return undefined;
  throw error;
}

interface Change {
  readonly files: NamedFiles;
  readonly plan: Extract<CertificatePlan, { readonly kind: 'changes' }>;
  readonly planOf: (state: CertificateState) => CertificatePlan;
  /** process id of the worker */
  readonly worker: number;
}

async function apply(
  context: CertificateContext,
  id: HaproxyId,
  { files, plan, planOf, worker }: Change,
): Promise<void> {
  await sendCertificates(context, id, plan);
  for (const content of plan.contents) rememberSent(context, id, worker, content);
  const state = await readCertificateState(context, id, files);
  const left = state && planOf(state);
  if (state?.worker !== worker) throw new ChangeFailed('another worker serves');
  if (left?.kind !== 'changes' || left.count > 0)
    throw new ChangeFailed('the certificates of the worker differ from the files after the change');
  await verifyHandshakes(context, plan);
}

const TRIES = 2;

/** Checks what clients get at the addresses that this machine has. A backup amphora does not have the VIP. */
async function verifyHandshakes({ host }: CertificateContext, { handshakes }: Change['plan']): Promise<void> {
  for (const { address, port, serverName, fingerprint, file } of handshakes) {
    const isOwn = isLoopback(address) || (await host.network.interfaceOf(address)) !== undefined;
    for (let tries = 1; isOwn; tries += 1) {
      const served = await host.tlsTrial.servedFingerprint({ address, port }, serverName);
      if (served === fingerprint) break;
      if (tries === TRIES)
        throw new ChangeFailed(
          `a TLS handshake with ${address} port ${port} does not show the certificate of ${file}`,
        );
    }
  }
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
