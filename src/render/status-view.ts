import type {
  AmphoraStatus,
  LoadBalancerStatus,
  MemberStatus,
  PoolStatus,
  ShownListener,
} from '../domain/health/amphora-status.ts';
import { checkText } from '../domain/health/attention.ts';
import { holderText } from '../domain/health/status-text.ts';
import { bothWays, shownSlots, trafficTexts } from '../domain/health/traffic-text.ts';
import { SLOT_MS, type TrafficRates } from '../domain/metrics/traffic-history.ts';
import { durationText } from '../domain/text/durations.ts';
import { printableLines } from '../domain/text/printable.ts';
import { changeText, type LastUpgrade, upgradeText } from '../domain/upgrade/last-upgrade.ts';
import { SPARKLINE, sparklinePath } from './sparkline.ts';

/** How the page marks a state. A mark is a sign and a word, never a colour alone. */
type Tone = 'good' | 'bad' | 'quiet';

const MINUTE_MS = 60_000;

/** Returns what the template of the page shows: the status, and texts, tones and paths that are derived from it. */
export function statusView(status: AmphoraStatus): object {
  return {
    ...status,
    sparkline: SPARKLINE,
    uptime: durationText(status.uptime_seconds),
    vips: status.vips.map((vip) => ({ ...vip, text: holderText(vip), tone: tone(vip.holder !== 'nobody') })),
    vrrp: status.vrrp.map((one) => ({ ...one, tone: vrrpTone(one.state) })),
    load_balancers: inOrder(status.load_balancers).map((one) => ({
      ...one,
      tone: stateTone(one.state),
      listeners: one.listeners.map(listenerView),
      pools: one.pools.map(poolView),
    })),
    udp_and_sctp_listeners: status.udp_and_sctp_listeners.map((one) => ({
      ...listenerView(one),
      pool: one.pool === null ? null : poolView(one.pool),
    })),
    reloads: {
      ...status.reloads,
      recent: status.reloads.recent.map((one) => ({
        ...one,
        tone: tone(!one.result.startsWith('failed')),
      })),
    },
    failed_changes: status.failed_changes.map((one) => ({ ...one, reason: printableLines(one.reason) })),
    upgrade: status.upgrade === null ? null : upgradeView(status.upgrade),
    certificates: status.certificates.map((one) => ({ ...one, tone: tone(one.days_left >= 0) })),
  };
}

const stateTone = (state: string): Tone => (state === 'stopped' ? 'quiet' : tone(state === 'serves'));

/** Returns the load balancers that need a person first, and those that are stopped last. */
function inOrder(balancers: readonly LoadBalancerStatus[]): LoadBalancerStatus[] {
  const rank = ({ state, pools }: LoadBalancerStatus): number => {
    if (state === 'stopped') return 3;
    if (state !== 'serves') return 0;
    return pools.every(({ members }) => members.every((one) => memberTone(one.status) !== 'bad')) ? 2 : 1;
  };
  return balancers.toSorted((one, other) => rank(one) - rank(other));
}

const tone = (isGood: boolean): Tone => (isGood ? 'good' : 'bad');

const vrrpTone = (state: string): Tone =>
  state === 'FAULT' ? 'bad' : state === 'MASTER' || state === 'BACKUP' ? 'good' : 'quiet';

function listenerView(listener: ShownListener): object {
  const { status, traffic } = listener;
  const shown = status === 'stopped' ? 'quiet' : tone(status === 'OPEN' || status === 'ACTIVE');
  return { ...listener, tone: shown, traffic: traffic === null ? null : trafficView(traffic) };
}

function trafficView(traffic: TrafficRates): object | null {
  const texts = trafficTexts(traffic);
  if (texts === undefined) return null;
  const slots = shownSlots(traffic);
  return {
    ...texts,
    minutes: Math.round((slots * SLOT_MS) / MINUTE_MS),
    bytesPath: sparklinePath(bothWays(traffic), slots),
    sessionsPath: sparklinePath(traffic.sessions, slots),
  };
}

const upgradeView = (upgrade: LastUpgrade): object => ({
  ...upgrade,
  tone: upgrade.result === null ? 'quiet' : tone(upgrade.result === 'succeeded'),
  text: upgradeText(upgrade),
  packages: upgrade.packages.map(changeText),
});

const poolView = (pool: PoolStatus): object => ({
  ...pool,
  tone: tone(pool.status === 'UP'),
  members: pool.members.map(memberView),
});

function memberView(member: MemberStatus): object {
  const { status, seconds_since_change: seconds } = member;
  return {
    ...member,
    tone: memberTone(status),
    since: seconds === null ? '–' : durationText(seconds),
    check: checkText(member),
  };
}

function memberTone(status: string): Tone {
  if (status.startsWith('DOWN')) return 'bad';
  return status.startsWith('UP') ? 'good' : 'quiet';
}
