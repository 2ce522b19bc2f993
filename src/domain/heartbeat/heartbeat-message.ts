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

/** Returns the JSON of a message (docs/contract.md, section 9). */
export const heartbeatText = (version: HeartbeatVersion, report: HeartbeatReport): string =>
  messageText(report, contentText(version, report));

/**
 * Returns the JSON of a content, as messageText() needs it. It is written without an object in between: an object of 2 000 members takes
 * more time than all the rest of the message.
 */
export const contentText = (version: HeartbeatVersion, content: HeartbeatContent): string =>
  version === 3 ? textOfVersion3(content) : textOfVersion1(content);

/** Returns the JSON of a message. @param content result of contentText() */
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

const textOfVersion3 = ({ listeners, pools }: HeartbeatContent): string =>
  jsonObject([
    ['listeners', jsonObject(listeners.map((one) => [one.id, jsonObject(listenerFields(one))]))],
    ['pools', jsonObject(pools.map((pool) => [pool.key, poolText(pool)]))],
    ['ver', '3'],
  ]);

function textOfVersion1({ listeners, pools, stopped }: HeartbeatContent): string {
  const down = stopped.map((id) => ({ id, status: 'DOWN', connections: 0, traffic: NO_TRAFFIC }));
  const poolsOf = Map.groupBy(pools, (pool) => pool.listenerId);
  const textOf = (one: ReportedListener): string => {
    const ownPools = poolsOf.get(one.id) ?? [];
    const poolsText = jsonObject(ownPools.map((pool) => [pool.id, poolText(pool)]));
    return jsonObject([['pools', poolsText], ...listenerFields(one)]);
  };
  const entries = jsonObject([...down, ...listeners].map((one) => [one.id, textOf(one)]));
  return jsonObject([
    ['listeners', entries],
    ['ver', '1'],
  ]);
}

const listenerFields = (one: ReportedListener): (readonly [name: string, text: string])[] => [
  ['status', JSON.stringify(one.status)],
  ['stats', JSON.stringify(stats(one))],
];

function poolText({ status, members }: PoolStatistics): string {
  let text = '';
  for (const [id, member] of members)
    text += `${text === '' ? '' : ','}${JSON.stringify(id)}:${JSON.stringify(member)}`;
  return `{"status":${JSON.stringify(status)},"members":{${text}}}`;
}

const stats = ({ traffic, connections }: ReportedListener): object => ({
  tx: traffic.bout,
  rx: traffic.bin,
  conns: connections,
  totconns: traffic.stot,
  ereq: traffic.ereq,
});

/** @param fields with the JSON of their values */
const jsonObject = (fields: readonly (readonly [name: string, text: string])[]): string =>
  `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
