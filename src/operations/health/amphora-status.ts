import { redacted } from '../../domain/diagnostics/redaction.ts';
import { failingMemberNotes } from '../../domain/haproxy/failing-members.ts';
import { UnusableStatistics } from '../../domain/haproxy/statistics.ts';
import {
  type AmphoraStatus,
  HEARTBEAT_NOTE,
  type LoadBalancerStatus,
  poolsStatus,
} from '../../domain/health/amphora-status.ts';
import { failedChangesStatus } from '../../domain/health/failed-changes.ts';
import {
  type AmphoraHealth,
  daysUntil,
  type HaproxyHealth,
  readiness,
} from '../../domain/health/readiness.ts';
import { isHaproxyId } from '../../domain/ids.ts';
import { SocketSilent } from '../../errors.ts';
import { renderStatusPage, type StatusPage } from '../../render/status-page.ts';
import { amphoraSecrets } from '../amphora/secrets.ts';
import { info, listeners, reportedStatistics } from '../amphora/status.ts';
import type { OperationContext } from '../context.ts';
import { driftReport } from '../drift/drift-reports.ts';
import { failingMembers } from './failing-members.ts';
import { amphoraHealth } from './readiness.ts';

/** The longest time until a haproxy answers. */
const ANSWER_MS = 2_000;
const MS_PER_SECOND = 1000;
const LVS_TYPE = 'UDP';

/** Returns the amphora at a glance. */
export async function amphoraStatus(context: OperationContext): Promise<AmphoraStatus> {
  const now = new Date();
  const [health, packages, all] = await Promise.all([
    amphoraHealth(context),
    info(context, '1.0'),
    listeners(context, '1.0'),
  ]);
  const judged = readiness(health, now);
  const { sent, failed, sinceSentMs } = context.heartbeat.counts();
  return {
    amphora: context.config().amphoraId,
    hostname: packages.hostname,
    time: now.toISOString(),
    versions: {
      agent: context.version,
      haproxy: packages.haproxy_version,
      keepalived: packages.keepalived_version,
    },
    uptime_seconds: Math.round(context.host.system.ownProcess().uptimeSeconds),
    ready: judged.reasons.length === 0,
    reasons: judged.reasons,
    notes: [...judged.notes, ...failingMemberNotes(await failingMembers(context, health.haproxys))],
    load_balancers: await Promise.all(health.haproxys.map((one) => loadBalancerStatus(context, one))),
    udp_and_sctp_listeners: all
      .filter(({ type }) => type === LVS_TYPE)
      .map(({ uuid, status }) => ({ id: uuid, status })),
    certificates: certificates(health, now),
    reloads: context.reloads.status(),
    drift: driftReport(context),
    failed_changes: await failedChanges(context),
    heartbeats: {
      ...{ sent, failed },
      seconds_since_last: sinceSentMs === undefined ? null : Math.round(sinceSentMs / MS_PER_SECOND),
      destinations: context.config().controllers.map(({ host, port }) => `${host}:${port}`),
      note: HEARTBEAT_NOTE,
    },
  };
}

/** Returns the amphora at a glance as a page for a browser. */
export const statusPage = async (context: OperationContext): Promise<StatusPage> =>
  renderStatusPage(context.render, await amphoraStatus(context));

async function failedChanges(context: OperationContext): Promise<AmphoraStatus['failed_changes']> {
  const secrets = await amphoraSecrets(context);
  return failedChangesStatus(context.recent.failedChanges.entries(), (text) => redacted(text, secrets));
}

const certificates = (health: AmphoraHealth, now: Date): AmphoraStatus['certificates'] =>
  health.certificates.map(({ name, notAfter }) => ({
    file: name,
    expires: notAfter.toISOString(),
    days_left: daysUntil(notAfter, now),
  }));

async function loadBalancerStatus(
  context: OperationContext,
  { id, state }: HaproxyHealth,
): Promise<LoadBalancerStatus> {
  const { paths, host } = context;
  const silent = { id, state, vips: [], listeners: [], pools: [] };
  if (!isHaproxyId(id)) return silent;
  const at = paths.loadBalancer(id);
  const text = await host.haproxyTexts.read(at.config);
  const vips = text?.vips ?? [];
  if (state !== 'serves') return { ...silent, vips };
  try {
    const statistics = await reportedStatistics(context, id, text?.statsSocket ?? at.statsSocket, ANSWER_MS);
    return {
      ...{ id, state, vips },
      listeners: statistics.listeners.map((one) => ({
        ...{ id: one.id, status: one.status, connections: one.connections },
      })),
      pools: poolsStatus(statistics.pools),
    };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) return { ...silent, vips };
    throw error;
  }
}
