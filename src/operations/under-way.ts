import type { VrrpState } from '../domain/keepalived/vrrp-dump.ts';

/** The states of VRRP's instances, or why they are unknown. */
export type VrrpStates = readonly VrrpState[] | string;

/** What the agent does once at a time, or once for all callers. */
export interface UnderWay {
  /** the end of the capture that runs, in ms since 1970; undefined while none runs */
  captureUntil: number | undefined;
  /** whether a diagnostics archive is being made */
  isArchiving: boolean;
  /** the dump that keepalived writes now */
  keepalivedDump: Promise<string> | undefined;
  /** the last states of VRRP, and until when they are shown, by performance.now() */
  vrrp: { readonly until: number; readonly states: Promise<VrrpStates> } | undefined;
}

export const createUnderWay = (): UnderWay => ({
  captureUntil: undefined,
  isArchiving: false,
  keepalivedDump: undefined,
  vrrp: undefined,
});
