import type { DriftKind } from './drift-kind.ts';
import { FILE_DRIFT } from './files/file-drift.ts';
import { HAPROXY_DRIFT } from './haproxy/haproxy-drift.ts';
import { KEEPALIVED_DRIFT } from './keepalived/keepalived-drift.ts';
import { VIRTUAL_SERVICE_DRIFT } from './keepalived/virtual-service-drift.ts';
import { NETWORK_DRIFT } from './network/network-drift.ts';
import { VIP_OWNER_DRIFT } from './network/vip-owner-drift.ts';

/** Every kind of drift that the agent looks for, in the order of its looks. */
export const DRIFT_KINDS: readonly DriftKind[] = [
  NETWORK_DRIFT,
  HAPROXY_DRIFT,
  // before keepalived, whose reload reads the files
  FILE_DRIFT,
  KEEPALIVED_DRIFT,
  VIRTUAL_SERVICE_DRIFT,
  VIP_OWNER_DRIFT,
];
