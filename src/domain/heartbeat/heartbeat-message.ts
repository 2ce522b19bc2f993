import { createHmac } from 'node:crypto';
import { constants, deflateSync } from 'node:zlib';
import type { PoolStatistics } from '../haproxy/statistics.ts';
import { NO_TRAFFIC, type TrafficCounters } from './counters.ts';

/** 3 is what controllers since Stein read, 1 is Rocky's. */
export type HeartbeatVersion = 1 | 3;

/** A listener in a message. */
export interface ReportedListener {
  readonly id: string;
  readonly status: string;
  /** connections now */
  readonly connections: number;
  /** growth since the last message for version 3, absolute values for version 1 */
  readonly traffic: TrafficCounters;
}

/** What one message tells. */
export interface HeartbeatReport {
  readonly amphoraId: string;
  readonly sequence: number;
  readonly listeners: readonly ReportedListener[];
  readonly pools: readonly PoolStatistics[];
  /** listeners of load balancers that don't run: DOWN in version 1, not mentioned in version 3 */
  readonly stopped: readonly string[];
}

/** Largest datagram that UDP over IPv4 carries; sending a longer one always fails. */
export const LARGEST_DATAGRAM = 65_507;

/** Filtered finds no short repetitions, which in a text of random ids cost more than they save: 5 % less in all. */
const COMPRESSION = { level: constants.Z_BEST_COMPRESSION, strategy: constants.Z_FILTERED };

/** The message as an object, for JSON (contract section 9). */
export function heartbeatMessage(version: HeartbeatVersion, report: HeartbeatReport): object {
  return version === 3 ? messageOfVersion3(report) : messageOfVersion1(report);
}

/**
 * The datagram: the JSON compressed by zlib at level 9, then 64 hexadecimal digits of its HMAC-SHA256.
 * @param key heartbeat_key; its UTF-8 bytes are the HMAC's key
 */
export function sealHeartbeat(message: object, key: string): Buffer {
  const payload = deflateSync(JSON.stringify(message), COMPRESSION);
  const signature = createHmac('sha256', Buffer.from(key, 'utf8')).update(payload).digest('hex');
  return Buffer.concat([payload, Buffer.from(signature, 'ascii')]);
}

function messageOfVersion3({ amphoraId, sequence, listeners, pools }: HeartbeatReport): object {
  return {
    id: amphoraId,
    seq: sequence,
    listeners: Object.fromEntries(
      listeners.map((one) => [one.id, { status: one.status, stats: stats(one) }]),
    ),
    pools: Object.fromEntries(pools.map((pool) => [pool.key, poolEntry(pool)])),
    ver: 3,
  };
}

function messageOfVersion1({ amphoraId, sequence, listeners, pools, stopped }: HeartbeatReport): object {
  const down = stopped.map((id) => ({ id, status: 'DOWN', connections: 0, traffic: NO_TRAFFIC }));
  const poolsOf = Map.groupBy(pools, (pool) => pool.listenerId);
  const entries = [...down, ...listeners].map((one) => {
    const ownPools = (poolsOf.get(one.id) ?? []).map((pool) => [pool.id, poolEntry(pool)] as const);
    return [one.id, { pools: Object.fromEntries(ownPools), status: one.status, stats: stats(one) }] as const;
  });
  return { id: amphoraId, seq: sequence, listeners: Object.fromEntries(entries), ver: 1 };
}

const poolEntry = (pool: PoolStatistics): object => ({
  status: pool.status,
  members: Object.fromEntries(pool.members),
});

const stats = ({ traffic, connections }: ReportedListener): object => ({
  tx: traffic.bout,
  rx: traffic.bin,
  conns: connections,
  totconns: traffic.stot,
  ereq: traffic.ereq,
});
