import { redacted } from '../../domain/diagnostics/redaction.ts';
import {
  type AmphoraStatus,
  HEARTBEAT_NOTE,
  type LoadBalancerStatus,
} from '../../domain/health/amphora-status.ts';
import { attention } from '../../domain/health/attention.ts';
import { failedChangesStatus } from '../../domain/health/failed-changes.ts';
import {
  type AmphoraHealth,
  daysUntil,
  type HaproxyHealth,
  readiness,
} from '../../domain/health/readiness.ts';
import { statusText } from '../../domain/health/status-text.ts';
import { unreadText } from '../../domain/health/unread-part.ts';
import { SLOT_MS } from '../../domain/metrics/traffic-history.ts';
import { renderStatusPage, type StatusPage } from '../../render/status-page.ts';
import { amphoraSecrets } from '../amphora/secrets.ts';
import { info } from '../amphora/status.ts';
import type { OperationContext } from '../context.ts';
import { driftReport } from '../drift/drift-reports.ts';
import { loadBalancerStatus } from './load-balancer-status.ts';
import { createLooks, type Looks } from './looks.ts';
import { lvsStatus } from './lvs-status.ts';
import { amphoraHealth } from './readiness.ts';
import { type TrafficOf, trafficOfListeners } from './traffic.ts';
import { vipsOf } from './vips.ts';

const MS_PER_SECOND = 1000;

/** Returns the amphora at a glance. What can't be read is left out and named in `reasons` or `attention`. */
export async function amphoraStatus(context: OperationContext): Promise<AmphoraStatus> {
  const now = new Date();
  const looks = createLooks(context);
  const [health, packages, traffic] = await Promise.all([
    amphoraHealth(context),
    looks.at('the versions of packages', () => info(context, '1.0'), undefined),
    looks.at(
      'the numbers of traffic',
      () => trafficOfListeners(context),
      () => null,
    ),
  ]);
  const [balancers, lvs] = await Promise.all([
    Promise.all(health.haproxys.map((one) => balancerStatus(context, looks, one, traffic))),
    looks.at('the UDP and SCTP listeners', () => lvsStatus(context, traffic), []),
  ]);
  const bound = [...balancers, ...lvs].flatMap(({ vips }) => vips);
  const addresses = await looks.at('the VIPs', () => vipsOf(context, bound), { vips: [], vrrp: [] });
  const reloads = context.reloads.status();
  const parts = { ...addresses, load_balancers: balancers, udp_and_sctp_listeners: lvs, reloads };
  const judged = readiness(health, now);
  return {
    amphora: context.config().amphoraId,
    hostname: context.host.system.hostname(),
    time: now.toISOString(),
    versions: {
      agent: context.version,
      haproxy: packages?.haproxy_version ?? '',
      keepalived: packages?.keepalived_version ?? '',
    },
    uptime_seconds: Math.round(context.host.system.ownProcess().uptimeSeconds),
    ready: judged.reasons.length === 0,
    ...judged,
    attention: [...looks.unread().map(unreadText), ...attention(parts)],
    ...parts,
    traffic_slot_seconds: SLOT_MS / MS_PER_SECOND,
    certificates: certificates(health, now),
    drift: driftReport(context),
    upgrade: shownUpgrade(health),
    failed_changes: await failedChanges(context),
    heartbeats: heartbeats(context),
  };
}

/** Returns the load balancer without its listeners and pools when its files can't be read. */
const balancerStatus = (
  context: OperationContext,
  looks: Looks,
  one: HaproxyHealth,
  traffic: TrafficOf,
): Promise<LoadBalancerStatus> =>
  looks.at(
    `the listeners and pools of load balancer ${one.id}`,
    () => loadBalancerStatus(context, one, traffic),
    {
      ...one,
      ...{ vips: [], listeners: [], pools: [] },
    },
  );

/** Returns the amphora at a glance as text for a terminal. */
export const plainStatus = async (context: OperationContext): Promise<string> =>
  statusText(await amphoraStatus(context));

/** Returns the amphora at a glance as a page for a browser. */
export const statusPage = async (context: OperationContext): Promise<StatusPage> =>
  renderStatusPage(context.render, await amphoraStatus(context));

async function failedChanges(context: OperationContext): Promise<AmphoraStatus['failed_changes']> {
  const secrets = await amphoraSecrets(context);
  return failedChangesStatus(context.recent.failedChanges.entries(), (text) => redacted(text, secrets));
}

function shownUpgrade({ upgrade }: AmphoraHealth): AmphoraStatus['upgrade'] {
  if (upgrade === undefined) return null;
  const { id, phase, result, reason, requested_at, ended_at, packages } = upgrade;
  return { id, phase, result, reason, requested_at, ended_at, packages };
}

const certificates = (health: AmphoraHealth, now: Date): AmphoraStatus['certificates'] =>
  health.certificates.map(({ name, notAfter }) => ({
    file: name,
    expires: notAfter.toISOString(),
    days_left: daysUntil(notAfter, now),
  }));

function heartbeats({ config, heartbeat }: OperationContext): AmphoraStatus['heartbeats'] {
  const { sent, failed, sinceSentMs } = heartbeat.counts();
  const age = sinceSentMs === undefined ? null : Math.round(sinceSentMs / MS_PER_SECOND);
  const { heartbeatInterval: interval, controllers } = config();
  const destinations = controllers.map(({ host, port }) => `${host}:${port}`);
  return {
    ...{ sent, failed, seconds_since_last: age, interval_seconds: interval },
    ...{ destinations, note: HEARTBEAT_NOTE },
  };
}
