import { type DriftReport, driftLine } from '../drift/drift-report.ts';
import type { PoolStatistics } from '../haproxy/statistics.ts';
import { type FailedChangeStatus, failedChangeLines } from './failed-changes.ts';
import type { Readiness } from './readiness.ts';

/** The amphora at a glance: the body of `GET /status.json`. Times are in ISO 8601, UTC. */
export interface AmphoraStatus {
  readonly amphora: string;
  readonly hostname: string;
  readonly time: string;
  readonly versions: { readonly agent: string; readonly haproxy: string; readonly keepalived: string };
  readonly uptime_seconds: number;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly load_balancers: readonly LoadBalancerStatus[];
  readonly udp_and_sctp_listeners: readonly { readonly id: string; readonly status: string }[];
  readonly certificates: readonly {
    readonly file: string;
    readonly expires: string;
    readonly days_left: number;
  }[];
  readonly reloads: ReloadStatus;
  readonly drift: DriftReport;
  /** the newest first */
  readonly failed_changes: readonly FailedChangeStatus[];
  readonly heartbeats: {
    readonly sent: number;
    readonly failed: number;
    readonly seconds_since_last: number | null;
    /** `host:port` of the health managers */
    readonly destinations: readonly string[];
    readonly note: string;
  };
}

export interface LoadBalancerStatus {
  readonly id: string;
  /** `serves`, `silent`, `down` or `stopped` */
  readonly state: string;
  readonly vips: readonly string[];
  readonly listeners: readonly {
    readonly id: string;
    readonly status: string;
    readonly connections: number;
  }[];
  readonly pools: readonly {
    readonly id: string;
    readonly listener: string;
    readonly status: string;
    readonly members: readonly { readonly id: string; readonly status: string }[];
  }[];
}

export interface ReloadStatus {
  /** numbers since the start of the agent, by kind and by reason */
  readonly avoided: Readonly<Record<string, number>>;
  readonly needed: Readonly<Record<string, number>>;
  /** the last ones, the newest first */
  readonly recent: readonly ReloadEvent[];
}

/** A reload that a controller asked for. */
export interface ReloadEvent {
  readonly time: string;
  readonly load_balancer: string;
  /** for example `avoided (members)` or `done (other lines)` */
  readonly result: string;
  /** why a reload was needed; '' for an avoided one */
  readonly detail: string;
}

/** What an amphora can't know about its heartbeats, and what to compare when a controller misses them. */
export const HEARTBEAT_NOTE =
  'heartbeats are UDP: no health manager confirms them. If the controller misses them, compare heartbeat_key in [health_manager] on both sides, the destinations with the health managers, and the firewall between them';

/** Returns pools in the form of the status. */
export const poolsStatus = (pools: readonly PoolStatistics[]): LoadBalancerStatus['pools'] =>
  pools.map(({ id, listenerId, status, members }) => ({
    ...{ id, listener: listenerId, status },
    members: [...members].map(([member, memberStatus]) => ({ id: member, status: memberStatus })),
  }));

/** Returns the status as text, for a terminal. */
export function statusText(status: AmphoraStatus): string {
  const { versions, heartbeats, reloads } = status;
  const { seconds_since_last: age } = heartbeats;
  return [
    `amphora ${status.amphora} (${status.hostname})`,
    `agent ${versions.agent}, haproxy ${versions.haproxy}, keepalived ${versions.keepalived}`,
    ...verdictLines(status),
    '',
    ...status.load_balancers.flatMap(loadBalancerLines),
    ...status.udp_and_sctp_listeners.map((one) => `UDP or SCTP listener ${one.id}: ${one.status}`),
    `heartbeats: ${heartbeats.sent} sent, ${heartbeats.failed} failed, last ${age === null ? 'never' : `${age} s ago`}, to ${heartbeats.destinations.join(', ') || 'nobody'}`,
    `  ${heartbeats.note}`,
    `reloads avoided: ${counted(reloads.avoided)}; needed: ${counted(reloads.needed)}`,
    ...reloads.recent.map((one) =>
      `  ${one.time} ${one.load_balancer} ${one.result} ${one.detail}`.trimEnd(),
    ),
    `drift (${status.drift.mode}): ${status.drift.items.length === 0 ? 'none' : status.drift.items.length}`,
    ...status.drift.items.map((item) => `  ${driftLine(item)}`),
    ...failedChangeLines(status.failed_changes),
    ...status.certificates.map((one) => `certificate ${one.file}: ${one.days_left} days left`),
    '',
  ].join('\n');
}

const verdictLines = ({ ready, reasons, notes }: Readiness & { readonly ready: boolean }): string[] => [
  ready ? 'ready' : 'not ready',
  ...reasons.map((reason) => `- ${reason}`),
  ...notes.map((note) => `note: ${note}`),
];

const loadBalancerLines = (one: LoadBalancerStatus): string[] => [
  `load balancer ${one.id}: ${one.state}${one.vips.length === 0 ? '' : `, VIP ${one.vips.join(' ')}`}`,
  ...one.listeners.map(
    ({ id, status, connections }) => `  listener ${id}: ${status}, ${connections} connections`,
  ),
  ...one.pools.flatMap((pool) => [
    `  pool ${pool.id} of listener ${pool.listener}: ${pool.status}`,
    ...pool.members.map(({ id, status }) => `    member ${id}: ${status}`),
  ]),
  '',
];

function counted(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
