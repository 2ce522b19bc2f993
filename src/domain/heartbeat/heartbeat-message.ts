import { createHmac, type KeyObject } from 'node:crypto';
import type { PoolStatistics } from '../haproxy/statistics.ts';
import { NO_TRAFFIC, type TrafficCounters } from './counters.ts';
import { type Effort, zlibText } from './zlib-text.ts';

/** The version of a heartbeat: controllers since Stein read 3, Rocky's read 1. */
export type HeartbeatVersion = 1 | 3;

/** A listener in a message. */
export interface ReportedListener {
  readonly id: string;
  readonly status: string;
  /** open connections at the time of the message */
  readonly connections: number;
  /** growth since the last message for version 3, absolute values for version 1 */
  readonly traffic: TrafficCounters;
}

/** What a message says about an amphora. */
export interface HeartbeatContent {
  readonly listeners: readonly ReportedListener[];
  readonly pools: readonly PoolStatistics[];
  /** listeners of load balancers that don't run: DOWN in version 1, not mentioned in version 3 */
  readonly stopped: readonly string[];
}

/** The content of one message, with its sender and its number. */
export interface HeartbeatReport extends HeartbeatContent {
  readonly amphoraId: string;
  readonly sequence: number;
}

/** The largest datagram that UDP over IPv4 carries, in bytes. Sending a longer one always fails. */
export const LARGEST_DATAGRAM = 65_507;

/** Returns the message as an object for JSON (docs/contract.md, section 9). */
export const heartbeatMessage = (version: HeartbeatVersion, report: HeartbeatReport): object => ({
  id: report.amphoraId,
  seq: report.sequence,
  ...contentOf(version, report),
});

/** Returns the JSON of a content, as messageText() needs it. */
export const contentText = (version: HeartbeatVersion, content: HeartbeatContent): string =>
  JSON.stringify(contentOf(version, content));

/** Returns the JSON of heartbeatMessage(). @param content result of contentText() */
export const messageText = (
  { amphoraId, sequence }: Pick<HeartbeatReport, 'amphoraId' | 'sequence'>,
  content: string,
): string => `{"id":${JSON.stringify(amphoraId)},"seq":${sequence},${content.slice(1)}`;

/**
 * Returns the datagram: the JSON of a message as a zlib stream, then the 64 hexadecimal digits of its HMAC-SHA256.
 * @param key heartbeat_key; the UTF-8 bytes of a text are the HMAC's key
 */
export function sealHeartbeat(message: string, key: string | KeyObject, effort: Effort = 'best'): Buffer {
  const payload = zlibText(message, effort);
  const signature = createHmac('sha256', key).update(payload).digest('hex');
  return Buffer.concat([payload, Buffer.from(signature, 'ascii')]);
}

const contentOf = (version: HeartbeatVersion, content: HeartbeatContent): object =>
  version === 3 ? contentOfVersion3(content) : contentOfVersion1(content);

const contentOfVersion3 = ({ listeners, pools }: HeartbeatContent): object => ({
  listeners: Object.fromEntries(listeners.map((one) => [one.id, { status: one.status, stats: stats(one) }])),
  pools: Object.fromEntries(pools.map((pool) => [pool.key, poolEntry(pool)])),
  ver: 3,
});

function contentOfVersion1({ listeners, pools, stopped }: HeartbeatContent): object {
  const down = stopped.map((id) => ({ id, status: 'DOWN', connections: 0, traffic: NO_TRAFFIC }));
  const poolsOf = Map.groupBy(pools, (pool) => pool.listenerId);
  const entries = [...down, ...listeners].map((one) => {
    const ownPools = (poolsOf.get(one.id) ?? []).map((pool) => [pool.id, poolEntry(pool)] as const);
    return [one.id, { pools: Object.fromEntries(ownPools), status: one.status, stats: stats(one) }] as const;
  });
  return { listeners: Object.fromEntries(entries), ver: 1 };
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
