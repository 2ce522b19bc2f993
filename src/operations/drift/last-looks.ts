import type { HaproxyId } from '../../domain/ids.ts';
import type { OtherOwner } from '../../host/network/address-probe.ts';

/** The certificates of a worker and their files, when a look saw no difference. While all of this stays, there is none. */
export interface EqualCertificates {
  /** process id of the worker */
  readonly worker: number;
  /** the files, each as Files.fingerprint() was; undefined for one that did not exist */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** the answers of the worker, by command */
  readonly answers: ReadonlyMap<string, string>;
}

/** By part: the attributes and the basis with which the last look saw no difference. */
export type EqualParts = Map<string, string>;

/** The last probe for other owners of the VIPs. */
export interface LastProbe {
  /** time of the probe by DriftState.now() */
  readonly ms: number;
  /** the option drift_interval at that time, in seconds */
  readonly interval: number;
  readonly owners: readonly OtherOwner[];
  /** whether the probe was sent to confirm the answers to an earlier one */
  readonly isRepeated: boolean;
}

/** The results of earlier looks that save work in the next look. */
export interface LastLooks {
  readonly certificates: Map<HaproxyId, EqualCertificates>;
  readonly parts: EqualParts;
  /** undefined before the first probe */
  probe: LastProbe | undefined;
}

export const createLastLooks = (): LastLooks => ({
  certificates: new Map(),
  parts: new Map(),
  probe: undefined,
});
