import type { KeyObject } from 'node:crypto';
import { NO_TRAFFIC } from './counters.ts';
import {
  type HeartbeatReport,
  type HeartbeatVersion,
  heartbeatText,
  LARGEST_DATAGRAM,
  sealHeartbeat,
} from './heartbeat-message.ts';
import type { Effort } from './zlib-text.ts';

/** The datagram of one report. */
export interface PackedHeartbeat {
  readonly datagram: Buffer;
  /** number of messages over which the report is spread, a power of 2: this message is number `sequence` modulo `parts` */
  readonly parts: number;
  /** listeners whose traffic is in this message */
  readonly carried: ReadonlySet<string>;
  /** number of members that no message names, because there is no room */
  readonly unnamed: number;
}

/**
 * Statuses of members that need not be in every message. When a message doesn't name such a member, the health manager
 * either keeps its last state (members without a monitor) or sets it OFFLINE, which is right (disabled members).
 */
const NAMED_IN_TURN: ReadonlySet<string> = new Set(['no check', 'MAINT']);

/** Members are left out in steps of 100, so that a few bytes more or less don't change the selection at every heartbeat. */
const LEFT_OUT_AT_ONCE = 100;
/** The smallest share of a datagram for content that is sent in turns. It limits the number of turns. */
const KEPT_FOR_TURNS = 0.05;

/**
 * Returns the datagram for a report. A report that exceeds the size of a datagram is spread over several messages. Every
 * message holds the content that a health manager must find in each: all listeners, since their number decides whether
 * the heartbeat counts; all pools; and all monitored members, since an unnamed one becomes OFFLINE. The other members
 * take turns and, in version 3, so does the listeners' traffic, which the health manager adds up. A pool of several
 * listeners is named once. Monitored members that still don't fit are named in no message, beginning with members that
 * are up: the health manager then shows them OFFLINE, and everything else correctly.
 * @param largest size of a datagram in bytes; the result is larger when the listeners alone exceed it
 */
export function packHeartbeat(
  version: HeartbeatVersion,
  report: HeartbeatReport,
  key: string | KeyObject,
  largest: number = LARGEST_DATAGRAM,
): PackedHeartbeat {
  const seal = (content: HeartbeatReport, effort?: Effort): Buffer =>
    sealHeartbeat(heartbeatText(version, content), key, effort);
  const whole = expectedBytes(report) <= largest ? seal(report, 'fast') : undefined;
  if (whole !== undefined && whole.length <= largest) return inOne(report, whole);
  const packing: Packing = { version, largest, seal };
  const lean = version === 3 ? withPoolsOnce(report) : report;
  return (
    inTurns(packing, lean) ??
    withFewerMembers(packing, lean) ??
    listenersAlone(packing, lean) ??
    inOne(report, whole ?? seal(report))
  );
}

const inOne = (report: HeartbeatReport, datagram: Buffer): PackedHeartbeat => ({
  datagram,
  parts: 1,
  carried: listenersOf(report),
  unnamed: 0,
});

/** A random UUID has 122 bits, which no compression can shorten. */
const ID_BYTES = 15;

/**
 * Returns the size of a report's ids alone. A comparison with it saves the expensive building of a datagram that can't fit.
 */
const expectedBytes = (report: HeartbeatReport): number =>
  ID_BYTES * (report.listeners.length + report.pools.length + membersOf(report).length);

interface Packing {
  readonly version: HeartbeatVersion;
  readonly largest: number;
  readonly seal: (content: HeartbeatReport) => Buffer;
}

/** @returns undefined when the content of every message leaves too little room for turns */
function inTurns(packing: Packing, report: HeartbeatReport): PackedHeartbeat | undefined {
  const { largest, seal } = packing;
  const everything = seal(report);
  if (everything.length <= largest) return inOne(report, everything);
  const always = seal(turnOf(packing, report, () => false).content).length;
  if (always > largest * (1 - KEPT_FOR_TURNS)) return undefined;
  const least = (everything.length - always) / (largest - always);
  const most = 2 * (report.listeners.length + membersOf(report).length);
  // A change to twice as many parts skips nothing, because powers of 2 keep each turn of the old sequence in the new one.
  for (let parts = 2 ** Math.ceil(Math.log2(least)); parts <= most; parts *= 2) {
    const { content, carried } = turnOf(
      packing,
      report,
      (index) => index % parts === report.sequence % parts,
    );
    const datagram = seal(content);
    if (datagram.length <= largest) return { datagram, parts, carried, unnamed: 0 };
  }
  return undefined;
}

/** Returns the content of one message. @param isTurn whether the nth item that takes turns is in this message */
function turnOf({ version }: Packing, report: HeartbeatReport, isTurn: (index: number) => boolean) {
  const carried = new Set(
    report.listeners.filter((_, index) => version === 1 || isTurn(index)).map(({ id }) => id),
  );
  let index = 0;
  const content: HeartbeatReport = {
    ...withMembers(report, (status) => isMonitored(status) || isTurn(index++)),
    listeners: report.listeners.map((one) => (carried.has(one.id) ? one : { ...one, traffic: NO_TRAFFIC })),
  };
  return { content, carried };
}

/** Leaves out as few members as possible, beginning with members that are up and, among these, with the last. */
function withFewerMembers(packing: Packing, report: HeartbeatReport): PackedHeartbeat | undefined {
  const { largest, seal } = packing;
  const monitored = membersOf(report).filter(isMonitored);
  const troubled = monitored.filter((status) => !isUp(status)).length;
  const size = (named: number): number =>
    seal(turnOf(packing, naming(report, named, troubled), () => false).content).length;
  const bare = size(0);
  const each = (size(monitored.length) - bare) / monitored.length;
  const room = (largest * (1 - KEPT_FOR_TURNS) - bare) / each;
  let named = Math.max(0, Math.floor(room / LEFT_OUT_AT_ONCE) * LEFT_OUT_AT_ONCE);
  for (; named >= 0; named -= LEFT_OUT_AT_ONCE) {
    const packed = inTurns(packing, naming(report, named, troubled));
    if (packed !== undefined) return { ...packed, unnamed: monitored.length - named };
  }
  return undefined;
}

/** Returns the report with `count` of its monitored members. @param troubled number of members that aren't up */
function naming(report: HeartbeatReport, count: number, troubled: number): HeartbeatReport {
  let [placesForTroubled, placesForUp] = [count, count - troubled];
  return withMembers(report, (status) => {
    if (!isMonitored(status)) return true;
    return isUp(status) ? placesForUp-- > 0 : placesForTroubled-- > 0;
  });
}

function listenersAlone(packing: Packing, report: HeartbeatReport): PackedHeartbeat | undefined {
  const packed = inTurns(packing, { ...report, pools: [] });
  return packed && { ...packed, unnamed: membersOf(report).length };
}

/** Returns the statuses of a report's members. */
const membersOf = ({ pools }: HeartbeatReport): string[] =>
  pools.flatMap(({ members }) => [...members.values()]);

const isMonitored = (status: string): boolean => !NAMED_IN_TURN.has(status);
const isUp = (status: string): boolean => status.startsWith('UP');

const listenersOf = ({ listeners }: HeartbeatReport): ReadonlySet<string> =>
  new Set(listeners.map(({ id }) => id));

/** Merges the entries of each pool: a health manager reads only the last one, and of its name only the pool's id. */
const withPoolsOnce = (report: HeartbeatReport): HeartbeatReport => ({
  ...report,
  pools: [...new Map(report.pools.map((pool) => [pool.id, { ...pool, key: pool.id }])).values()],
});

const withMembers = (report: HeartbeatReport, isNamed: (status: string) => boolean): HeartbeatReport => ({
  ...report,
  pools: report.pools.map((pool) => ({
    ...pool,
    members: new Map([...pool.members].filter(([, status]) => isNamed(status))),
  })),
});
