import type { DriftKind } from './drift-kind.ts';
import { HAPROXY_DRIFT } from './haproxy-drift.ts';
import { NETWORK_DRIFT } from './network-drift.ts';

/** Every kind of drift that the agent looks for, in the order of its looks. */
export const DRIFT_KINDS: readonly DriftKind[] = [NETWORK_DRIFT, HAPROXY_DRIFT];
