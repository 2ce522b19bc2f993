import { NO_TRAFFIC } from './counters.ts';
import {
  type HeartbeatReport,
  type HeartbeatVersion,
  heartbeatMessage,
  LARGEST_DATAGRAM,
  sealHeartbeat,
} from './heartbeat-message.ts';

/** What goes out for one report. */
export interface PackedHeartbeat {
  readonly datagram: Buffer;
  /** in how many messages in a row everything is told, a power of 2: this is number `sequence` modulo `parts` */
  readonly parts: number;
  /** listeners whose traffic is in this message */
  readonly tells: ReadonlySet<string>;
  /** members that no message names, for want of space */
  readonly unnamed: number;
}

/**
 * What a health manager takes for OFFLINE, or leaves as it is, where it isn't named: members that nobody monitors keep
 * the state that the last message gave them, disabled ones are OFFLINE.
 */
const NAMED_IN_TURN: ReadonlySet<string> = new Set(['no check', 'MAINT']);

/** Members are left out by hundreds: a few bytes more or less must not change from beat to beat which ones. */
const LEFT_OUT_AT_ONCE = 100;
/** The part of a datagram that what is told in turn has at least: it bounds how many turns there are. */
const KEPT_FOR_TURNS = 0.05;

/**
 * The datagram for a report. Where all of it would be longer than a datagram can be, each message has what a health manager
 * must find in every one: all listeners, since their number decides whether the heartbeat counts, all pools, and the members
 * that are monitored, since one that isn't named is OFFLINE. Told in turn are the other members and, in version 3, the
 * listeners' traffic, which the health manager adds up. A pool that several listeners use is named once. Members that
 * don't fit even so are named in no message, those that are up first: the health manager has them OFFLINE, and all else right.
 * @param largest bytes that a datagram may have; where not even listeners alone fit, it has more
 */
export function packHeartbeat(
  version: HeartbeatVersion,
  report: HeartbeatReport,
  key: string,
  largest: number = LARGEST_DATAGRAM,
): PackedHeartbeat {
  const seal = (told: HeartbeatReport): Buffer => sealHeartbeat(heartbeatMessage(version, told), key);
  const whole = expectedBytes(report) <= largest ? seal(report) : undefined;
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
  tells: listenersOf(report),
  unnamed: 0,
});

/** A random UUID has 122 bits that no compression takes away. */
const ID_BYTES = 15;

/** What a report's ids alone take: making a message that can't fit costs as much as one that does. */
const expectedBytes = (report: HeartbeatReport): number =>
  ID_BYTES * (report.listeners.length + report.pools.length + membersOf(report).length);

interface Packing {
  readonly version: HeartbeatVersion;
  readonly largest: number;
  readonly seal: (told: HeartbeatReport) => Buffer;
}

/** @returns undefined where what belongs into each message leaves too little for turns */
function inTurns(packing: Packing, report: HeartbeatReport): PackedHeartbeat | undefined {
  const { largest, seal } = packing;
  const everything = seal(report);
  if (everything.length <= largest) return inOne(report, everything);
  const always = seal(turnOf(packing, report, () => false).told).length;
  if (always > largest * (1 - KEPT_FOR_TURNS)) return undefined;
  const least = (everything.length - always) / (largest - always);
  const most = 2 * (report.listeners.length + membersOf(report).length);
  // With powers of 2 nothing is passed over when the next beat needs twice as many: what is told then is told now as well.
  for (let parts = 2 ** Math.ceil(Math.log2(least)); parts <= most; parts *= 2) {
    const { told, tells } = turnOf(packing, report, (index) => index % parts === report.sequence % parts);
    const datagram = seal(told);
    if (datagram.length <= largest) return { datagram, parts, tells, unnamed: 0 };
  }
  return undefined;
}

/** What one message tells. @param isTurn of the nth of what is told in turn */
function turnOf({ version }: Packing, report: HeartbeatReport, isTurn: (index: number) => boolean) {
  const tells = new Set(
    report.listeners.filter((_, index) => version === 1 || isTurn(index)).map(({ id }) => id),
  );
  let index = 0;
  const told: HeartbeatReport = {
    ...withMembers(report, (status) => isMonitored(status) || isTurn(index++)),
    listeners: report.listeners.map((one) => (tells.has(one.id) ? one : { ...one, traffic: NO_TRAFFIC })),
  };
  return { told, tells };
}

/** Leaves out as few members as will do: first those that are up, of these the last ones. */
function withFewerMembers(packing: Packing, report: HeartbeatReport): PackedHeartbeat | undefined {
  const { largest, seal } = packing;
  const monitored = membersOf(report).filter(isMonitored);
  const troubled = monitored.filter((status) => !isUp(status)).length;
  const size = (named: number): number =>
    seal(turnOf(packing, naming(report, named, troubled), () => false).told).length;
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

/** With `count` of its monitored members. @param troubled how many aren't up */
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

/** Their statuses. */
const membersOf = ({ pools }: HeartbeatReport): string[] =>
  pools.flatMap(({ members }) => [...members.values()]);

const isMonitored = (status: string): boolean => !NAMED_IN_TURN.has(status);
const isUp = (status: string): boolean => status.startsWith('UP');

const listenersOf = ({ listeners }: HeartbeatReport): ReadonlySet<string> =>
  new Set(listeners.map(({ id }) => id));

/** A health manager reads the last of the entries of one pool, and nothing of the name but the pool. */
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
