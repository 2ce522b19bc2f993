import type { DriftKind } from './drift-kind.ts';
import { createFileDrift } from './file-drift.ts';
import { HAPROXY_DRIFT } from './haproxy-drift.ts';
import { KEEPALIVED_DRIFT } from './keepalived-drift.ts';
import { NETWORK_DRIFT } from './network-drift.ts';
import { createVipOwnerDrift } from './vip-owner-drift.ts';
import { VIRTUAL_SERVICE_DRIFT } from './virtual-service-drift.ts';

/** Every kind of drift that the agent looks for, in the order of its looks. */
export const DRIFT_KINDS: readonly DriftKind[] = [
  NETWORK_DRIFT,
  HAPROXY_DRIFT,
  // before keepalived, whose reload reads the files
  createFileDrift(),
  KEEPALIVED_DRIFT,
  VIRTUAL_SERVICE_DRIFT,
  createVipOwnerDrift(),
];
