import { CAPTURE_ROUTES } from './capture.ts';
import { CERTIFICATE_ROUTES } from './certificates.ts';
import { DIAGNOSTICS_ROUTES } from './diagnostics.ts';
import { DRAIN_ROUTES } from './drain.ts';
import { DRIFT_ROUTES } from './drift.ts';
import { HAPROXY_ROUTES } from './haproxy.ts';
import { HEALTH_ROUTES } from './health.ts';
import { HISTORY_ROUTES } from './history.ts';
import { KEEPALIVED_ROUTES } from './keepalived.ts';
import { NETWORK_ROUTES } from './network.ts';
import { OWN_ROUTES } from './own.ts';
import type { Route } from './route.ts';
import { STATISTICS_ROUTES } from './statistics.ts';
import { STATUS_ROUTES } from './status.ts';
import { UPGRADE_ROUTES } from './upgrade.ts';

/** The table of all routes except `GET /` and `GET /openapi.json`. */
export const ROUTES: readonly Route[] = [
  ...STATUS_ROUTES,
  ...KEEPALIVED_ROUTES,
  ...CERTIFICATE_ROUTES,
  ...HAPROXY_ROUTES,
  ...NETWORK_ROUTES,
  ...OWN_ROUTES,
  ...HEALTH_ROUTES,
  ...DRAIN_ROUTES,
  ...DRIFT_ROUTES,
  ...HISTORY_ROUTES,
  ...STATISTICS_ROUTES,
  ...DIAGNOSTICS_ROUTES,
  ...CAPTURE_ROUTES,
  ...UPGRADE_ROUTES,
];
