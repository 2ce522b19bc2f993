import type { HaproxyId } from '../../domain/ids.ts';

/** Digests of the payloads that a worker got without a reload, by the names in its memory. */
export type SentPayloads = Map<string, string>;

/** The certificates that the running workers got without a reload. A worker that ends takes its certificates along. */
export interface SentCertificates {
  /** Returns the payloads that one worker got; the caller adds those that it sends. */
  to(id: HaproxyId, worker: number): SentPayloads;
}

export function createSentCertificates(): SentCertificates {
  const workers = new Map<HaproxyId, { readonly worker: number; readonly sent: SentPayloads }>();
  return {
    to(id, worker) {
      const known = workers.get(id);
      if (known?.worker === worker) return known.sent;
      const sent: SentPayloads = new Map();
      workers.set(id, { worker, sent });
      return sent;
    },
  };
}
