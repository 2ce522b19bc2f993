import { type AmphoraLook, ERROR_KINDS, type ErrorKind, type Growth, type ListenerLook } from './looks.ts';

const ERROR_NAMES: Readonly<Record<ErrorKind, string>> = {
  errors: 'broken requests',
  responses_5xx: 'answers of status 5xx',
  connection_errors: 'failed connections to members',
};

/** Fewer expected sessions than this say nothing: half of 30 happens by chance once in 1 000 times. */
const LEAST_SESSIONS = 30;
/** A listener with a smaller share of its sessions before doesn't look as before. */
const LEAST_SHARE = 0.5;
/** A few errors happen at any time. More than these, and more than twice the share before, do not. */
const USUAL_ERRORS = 10;
const MOST_ERROR_GROWTH = 2;
/** The age of the last heartbeat may be this many intervals and seconds. */
const MOST_INTERVALS = 2;
const SPARE_SECONDS = 5;
/** When the agent doesn't say its interval: the time after which Octavia fails an amphora over. */
const MOST_AGE_SECONDS = 60;
/** One heartbeat may fail while the agent starts. */
const USUAL_FAILED = 1;
const MOST_FAILED_SHARE = 0.2;

const SERVES = 'serves';
const OPEN = ['OPEN', 'FULL', 'ACTIVE'];

/**
 * Compares an amphora after its upgrade with how it looked right before. No VIP may have moved in the meantime, from it or to it:
 * that was a failover. Otherwise as looksAsBefore().
 */
export const looksAsRightBefore: typeof looksAsBefore = (before, after, growth) => [
  ...vipMoves(before, after),
  ...looksAsBefore(before, after, growth),
];

/**
 * Compares an amphora with how it looked before its upgrade, at any time later. A VIP may have moved to its peer and back.
 * @param growth of the counters after the upgrade, by listener; without a listener, its traffic and errors aren't compared
 * @returns what is worse, one sentence each; empty if it looks as before
 */
export const looksAsBefore = (
  before: AmphoraLook,
  after: AmphoraLook,
  growth: ReadonlyMap<string, Growth>,
): string[] => [
  ...serviceFaults(before, after),
  ...heartbeatFaults(before.heartbeats, after.heartbeats),
  ...trafficFaults(before, after, growth),
];

/** An object that is missing now was deleted by the controller: no upgrade does that. */
function serviceFaults(before: AmphoraLook, after: AmphoraLook): string[] {
  const statesNow = new Map(after.loadBalancers.map(({ id, state }) => [id, state]));
  const listenersNow = new Map(after.listeners.map(({ id, status }) => [id, status]));
  const poolsNow = new Map(after.pools.map(({ name, status }) => [name, status]));
  const holders = new Map(after.vips.map(({ address, holder }) => [address, holder]));
  return [
    ...before.loadBalancers
      .filter(({ state }) => state === SERVES)
      .flatMap(({ id }) => {
        const state = statesNow.get(id) ?? SERVES;
        return state === SERVES ? [] : [`load balancer ${id} is ${state}`];
      }),
    ...before.listeners
      .filter(({ status }) => OPEN.includes(status))
      .flatMap(({ id }) => {
        const status = listenersNow.get(id);
        return status === undefined || OPEN.includes(status) ? [] : [`listener ${id} is ${status}`];
      }),
    ...before.pools
      .filter(({ name, status }) => status === 'UP' && poolsNow.get(name) === 'DOWN')
      .map(({ name }) => `pool ${name} is DOWN`),
    ...before.vips
      .filter(({ address, holder }) => holder !== 'nobody' && holders.get(address) === 'nobody')
      .map(({ address }) => `nobody has the VIP ${address}`),
  ];
}

/** A VIP that nobody has is none that moved. */
function vipMoves(before: AmphoraLook, after: AmphoraLook): string[] {
  const holders = new Map(after.vips.map(({ address, holder }) => [address, holder]));
  return before.vips.flatMap(({ address, holder }) => {
    const now = holders.get(address);
    const isSame = now === undefined || now === holder;
    return isSame || holder === 'nobody' || now === 'nobody' ? [] : [`the VIP ${address} moved to ${now}`];
  });
}

type Heartbeats = AmphoraLook['heartbeats'];

function heartbeatFaults(before: Heartbeats, after: Heartbeats): string[] {
  // an amphora without health managers sends none
  if (before.sent === 0) return [];
  const { secondsSinceLast: age, intervalSeconds: interval } = after;
  if (age === null) return ['no heartbeat was sent'];
  const most = interval === null ? MOST_AGE_SECONDS : interval * MOST_INTERVALS + SPARE_SECONDS;
  const isContinued = after.sent >= before.sent && after.failed >= before.failed;
  const start = isContinued ? before : { sent: 0, failed: 0 };
  const [sent, failed] = [after.sent - start.sent, after.failed - start.failed];
  const hasMoreFailed =
    failed > USUAL_FAILED &&
    failShare(sent, failed) > failShare(before.sent, before.failed) + MOST_FAILED_SHARE;
  return [
    ...(age > most ? [`the last heartbeat was sent ${age} s ago`] : []),
    ...(hasMoreFailed ? [`${failed} of ${sent + failed} heartbeats could not be sent`] : []),
  ];
}

const failShare = (sent: number, failed: number): number => (failed === 0 ? 0 : failed / (sent + failed));

function trafficFaults(
  before: AmphoraLook,
  after: AmphoraLook,
  growth: ReadonlyMap<string, Growth>,
): string[] {
  // traffic follows the VIP
  const hadTraffic = holds(before) === holds(after);
  return before.listeners.flatMap((listener) => {
    const grown = growth.get(listener.id);
    if (grown === undefined) return [];
    return [...(hadTraffic ? sessionFaults(listener, grown) : []), ...errorFaults(listener, grown)];
  });
}

const holds = ({ vips }: AmphoraLook): boolean => vips.some(({ holder }) => holder === 'this amphora');

function sessionFaults({ id, sessionsPerSecond }: ListenerLook, { seconds, sessions }: Growth): string[] {
  const expected = (sessionsPerSecond ?? 0) * seconds;
  if (sessionsPerSecond === null || expected < LEAST_SESSIONS || sessions >= expected * LEAST_SHARE)
    return [];
  return [`listener ${id} has ${rate(sessions / seconds)} sessions/s, and had ${rate(sessionsPerSecond)}`];
}

const rate = (value: number): string => value.toFixed(1);

function errorFaults({ id, errorsPerSession }: ListenerLook, { sessions, errors }: Growth): string[] {
  return ERROR_KINDS.flatMap((kind) => {
    const [usual, now] = [errorsPerSession[kind], errors[kind]];
    if (usual === null || now === null) return [];
    const most = USUAL_ERRORS + MOST_ERROR_GROWTH * usual * sessions;
    if (now <= most) return [];
    return [
      `listener ${id} has ${now} ${ERROR_NAMES[kind]} in ${sessions} sessions, and had ${rate(usual * sessions)}`,
    ];
  });
}
