import type { HaproxyId } from '../../domain/ids.ts';
import type { CertificateBasis } from '../../domain/run-time/certificate-plan.ts';
import type { OtherOwner } from '../../host/network/address-probe.ts';

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
  /** the last comparisons of certificates without a difference */
  readonly certificates: Map<HaproxyId, CertificateBasis>;
  readonly parts: EqualParts;
  /** undefined before the first probe */
  probe: LastProbe | undefined;
}

export const createLastLooks = (): LastLooks => ({
  certificates: new Map(),
  parts: new Map(),
  probe: undefined,
});
