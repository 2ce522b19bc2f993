import type { OtherOwner } from '../../domain/drift/owner-probe.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import type { CertificateBasis } from '../../domain/run-time/certificate-plan.ts';

/** By part: the attributes and the basis with which the last look saw no difference. */
export type EqualParts = Map<string, string>;

/** A look at every part that saw no difference. */
export interface EqualLook {
  /** what decides which parts there are, and what is wanted of them */
  readonly basis: readonly unknown[];
  /** the files and directories whose attributes decide whether a part is compared */
  readonly watched: readonly string[];
  /** their attributes */
  readonly sign: string;
}

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
  /** the last comparisons of certificates without a difference */
  readonly certificates: Map<HaproxyId, CertificateBasis>;
  /** by haproxy: what decided the last look without a difference, besides its certificates */
  readonly haproxies: Map<HaproxyId, string>;
  readonly parts: EqualParts;
  /** the last look at the parts, if it saw no difference in any of them */
  equalFiles: EqualLook | undefined;
  /** undefined before the first probe */
  probe: LastProbe | undefined;
}

export const createLastLooks = (): LastLooks => ({
  certificates: new Map(),
  haproxies: new Map(),
  parts: new Map(),
  equalFiles: undefined,
  probe: undefined,
});
