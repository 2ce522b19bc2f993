import type { HaproxyId } from '../../domain/ids.ts';
import type { OperationContext } from '../context.ts';

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
}

const NAMES_CERTIFICATE = /\s(?:crt-list|crt|ca-file|crl-file)\s/;

/** Compares the certificates that a configuration names with those in the memory of the worker. */
export function certificateChanges(
  _context: Pick<OperationContext, 'paths' | 'host' | 'logger'>,
  { wanted }: CertifiedHaproxy,
): Promise<CertificateChanges> {
  if (!NAMES_CERTIFICATE.test(wanted)) return Promise.resolve({ kind: 'same' });
  return Promise.resolve({ kind: 'reload', detail: 'the configuration names certificates' });
}
