import type { RolloutAmphora } from './fleet-state.ts';
import type { ObservedStatus } from './looks.ts';

/** The parts of `GET /status.json` that decide whether an amphora can be upgraded. */
export interface SurveyedStatus extends ObservedStatus {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly vrrp?: readonly { readonly peers: readonly string[] }[] | undefined;
  readonly upgrade?:
    | { readonly id: string; readonly result: string | null; readonly requested_at: string }
    | null
    | undefined;
}

export type Surveyed = Pick<RolloutAmphora, 'serves' | 'hasVip' | 'hasPeer' | 'state' | 'reason'>;

/**
 * Returns what an amphora serves, and whether it can be upgraded. The upgrade by the same bundle may be under way already, when
 * the state of a rollout was lost.
 * @param bundle id of the bundle
 */
export function surveyed(status: SurveyedStatus, bundle: string): Surveyed {
  const { load_balancers: balancers, udp_and_sctp_listeners: lvs, vips = [], vrrp = [], upgrade } = status;
  const known = {
    serves: [...balancers, ...lvs].map(({ id }) => id.toLowerCase()),
    hasVip: vips.some(({ holder }) => holder === 'this amphora'),
    hasPeer: vrrp.some(({ peers }) => peers.length > 0),
  };
  if (upgrade?.result === null) {
    if (upgrade.id === bundle) return { ...known, state: 'running', reason: null };
    return { ...known, state: 'held', reason: `upgrade ${upgrade.id} is under way` };
  }
  if (!status.ready)
    return { ...known, state: 'held', reason: `it is not ready: ${status.reasons.join('; ')}` };
  return { ...known, state: 'waiting', reason: null };
}
