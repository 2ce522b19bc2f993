import type { DriftReport } from '../drift/drift-report.ts';
import type { ServerLines } from '../haproxy/configured-servers.ts';
import type { MemberFacts } from '../haproxy/member-facts.ts';
import type { RollbackResult } from '../haproxy/rollback-result.ts';
import type { PoolStatistics } from '../haproxy/statistics.ts';
import type { LvsMember } from '../keepalived/lvs-text.ts';
import type { TrafficRates } from '../metrics/traffic-history.ts';
import { endpoint } from '../network/endpoints.ts';
import { serverKey } from '../run-time/run-time-record.ts';
import type { LastUpgrade } from '../upgrade/last-upgrade.ts';
import type { FailedChangeStatus } from './failed-changes.ts';
import type { VipStatus, VrrpStatus } from './vip-status.ts';

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
  /** faults that do not make the amphora unready, and what this status lacks because it can't be read: one sentence each */
  readonly attention: readonly string[];
  readonly vips: readonly VipStatus[];
  readonly vrrp: readonly VrrpStatus[];
  readonly load_balancers: readonly LoadBalancerStatus[];
  readonly udp_and_sctp_listeners: readonly LvsListenerStatus[];
  readonly traffic_slot_seconds: number;
  readonly certificates: readonly {
    readonly file: string;
    readonly expires: string;
    readonly days_left: number;
  }[];
  readonly reloads: ReloadStatus;
  readonly drift: DriftReport;
  /** the upgrade under way, or the last one; null without one */
  readonly upgrade: LastUpgrade | null;
  /** the newest first */
  readonly failed_changes: readonly FailedChangeStatus[];
  readonly heartbeats: {
    readonly sent: number;
    readonly failed: number;
    readonly seconds_since_last: number | null;
    readonly interval_seconds: number;
    /** `host:port` of the health managers */
    readonly destinations: readonly string[];
    readonly note: string;
  };
}

export interface LoadBalancerStatus {
  readonly id: string;
  /** `serves`, `silent`, `down`, `stopped` or `unknown` */
  readonly state: string;
  readonly vips: readonly string[];
  readonly listeners: readonly ShownListener[];
  readonly pools: readonly PoolStatus[];
}

export interface ShownListener {
  readonly id: string;
  /** haproxy's own status; `unknown` when haproxy doesn't answer; `down` and `stopped` are those of its service */
  readonly status: string;
  /** open connections; null when they are unknown */
  readonly connections: number | null;
  /** null without a history */
  readonly traffic: TrafficRates | null;
}

export interface PoolStatus {
  readonly id: string;
  readonly listener: string;
  readonly status: string;
  readonly members: readonly MemberStatus[];
}

export interface MemberStatus {
  readonly id: string;
  readonly status: string;
  /** `ADDRESS:PORT`; null when it is unknown */
  readonly address: string | null;
  /** open sessions; null when they are unknown */
  readonly sessions: number | null;
  /** seconds since the last change between UP and DOWN; null when it is unknown, as for UDP and SCTP */
  readonly seconds_since_change: number | null;
  /** the last result of the health check; null without one */
  readonly check: {
    readonly status: string;
    readonly description: string;
    readonly detail: string;
  } | null;
}

/** A UDP or SCTP listener. `status`: `ACTIVE`, `OFFLINE` or `ERROR` */
export interface LvsListenerStatus extends ShownListener {
  readonly vips: readonly string[];
  /** null without a pool, and when IPVS can't be read */
  readonly pool: PoolStatus | null;
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
  /** for example `avoided (members)`, `done (other lines)` or `failed (other lines), rolled back` */
  readonly result: string;
  /** null unless the reload failed */
  readonly rollback: RollbackResult | null;
  /** why a reload was needed or not */
  readonly detail: string;
}

/** What an amphora can't know about its heartbeats, and what to compare when a controller misses them. */
export const HEARTBEAT_NOTE =
  'heartbeats are UDP: no health manager confirms them. If the controller misses them, compare heartbeat_key in [health_manager] on both sides, the destinations with the health managers, and the firewall between them';

/**
 * Returns pools in the form of the status.
 * @param facts by serverKey(), as `readMemberFacts` has them
 * @param configured the stored servers. haproxy shows the address of a server only on a socket with more rights
 */
export const poolsStatus = (
  pools: readonly PoolStatistics[],
  facts: ReadonlyMap<string, MemberFacts>,
  configured: ServerLines,
): PoolStatus[] =>
  pools.map(({ id, key, listenerId, status, members }) => ({
    ...{ id, listener: listenerId, status },
    members: [...members].map(([member, memberStatus]) => {
      // the backend of API 0.5 has the name of the pool alone
      const line = configured.get(key)?.get(member) ?? configured.get(id)?.get(member);
      const known =
        facts.get(serverKey({ backend: key, server: member })) ??
        facts.get(serverKey({ backend: id, server: member }));
      return shownMember(member, memberStatus, line?.words[0], known);
    }),
  }));

function shownMember(
  id: string,
  status: string,
  address: string | undefined,
  facts: MemberFacts | undefined,
): MemberStatus {
  return {
    ...{ id, status, address: address ?? null },
    sessions: facts?.sessions ?? null,
    seconds_since_change: facts?.changedSeconds ?? null,
    check: facts?.check ?? null,
  };
}

/**
 * Returns the pool of a UDP or SCTP listener in the form of the status. keepalived removes a member that fails its check
 * from IPVS, and keeps no time and no reason that can be read.
 */
export function lvsPoolStatus(
  { id, listenerId, status, members }: PoolStatistics,
  configured: readonly LvsMember[],
  sessions: (member: LvsMember) => number | null,
): PoolStatus {
  return {
    ...{ id, listener: listenerId, status },
    members: [...members].map(([member, memberStatus]) => {
      const endpoint = configured.find((one) => one.id === member);
      return {
        ...shownMember(member, memberStatus, endpoint && endpointText(endpoint), undefined),
        sessions: endpoint === undefined ? null : sessions(endpoint),
      };
    }),
  };
}

const endpointText = ({ address, port }: LvsMember): string => endpoint(address, port);
