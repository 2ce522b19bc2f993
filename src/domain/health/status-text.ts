import { driftLine, driftResult, unseenLine } from '../drift/drift-report.ts';
import { countsText } from '../text/counts.ts';
import { durationText } from '../text/durations.ts';
import { printable } from '../text/printable.ts';
import { upgradeLines } from '../upgrade/last-upgrade.ts';
import type {
  AmphoraStatus,
  LoadBalancerStatus,
  LvsListenerStatus,
  MemberStatus,
  PoolStatus,
  ShownListener,
} from './amphora-status.ts';
import { checkText } from './attention.ts';
import { failedChangeLines } from './failed-changes.ts';
import { blockLine, bothWays, shownSlots, trafficTexts } from './traffic-text.ts';

const SPARK_WIDTH = 40;

/** Returns the status as text, for a terminal. */
export function statusText(status: AmphoraStatus): string {
  const { versions } = status;
  const lines = [
    `amphora ${status.amphora} (${status.hostname})`,
    `agent ${versions.agent}, haproxy ${versions.haproxy}, keepalived ${versions.keepalived}, ${status.time}`,
    ...verdictLines(status),
    '',
    ...vipLines(status),
    ...status.load_balancers.flatMap(loadBalancerLines),
    ...status.udp_and_sctp_listeners.flatMap(lvsLines),
    ...heartbeatLines(status),
    ...reloadLines(status),
    ...driftLines(status),
    ...upgradeLines(status.upgrade),
    ...failedChangeLines(status.failed_changes),
    ...status.certificates.map((one) => `certificate ${one.file}: ${one.days_left} days left`),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

const verdictLines = ({ ready, reasons, attention, notes }: AmphoraStatus): string[] => [
  ready ? 'ready' : 'not ready',
  ...reasons.map((reason) => `- ${reason}`),
  ...attention.map((fault) => `attention: ${fault}`),
  ...notes.map((note) => `note: ${note}`),
];

function vipLines({ vips, vrrp }: AmphoraStatus): string[] {
  const lines = [
    ...vips.map((vip) => `VIP ${vip.address}: ${holderText(vip)}`),
    ...vrrp.map((one) => {
      const since = one.since === null ? '' : ` since ${one.since}`;
      const detail = one.detail === '' ? '' : ` (${one.detail})`;
      return `VRRP ${one.instance} on ${one.interface}: ${one.state}${since}${detail}, peers: ${listed(one.peers)}`;
    }),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}

/** Returns who has a VIP, for a person. */
export function holderText({
  holder,
  interface: name,
}: {
  readonly holder: string;
  readonly interface: string | null;
}): string {
  if (name !== null) return `this amphora, on ${name}`;
  return holder === 'the peer' ? 'the peer' : 'nobody that this amphora knows of';
}

const listed = (texts: readonly string[]): string => (texts.length === 0 ? 'none' : texts.join(' '));

const loadBalancerLines = (one: LoadBalancerStatus): string[] => [
  `load balancer ${one.id}: ${one.state}${one.vips.length === 0 ? '' : `, VIP ${one.vips.join(' ')}`}`,
  ...one.listeners.flatMap((listener) => listenerLines('  listener', listener)),
  ...one.pools.flatMap(poolLines),
  '',
];

const lvsLines = (one: LvsListenerStatus): string[] => [
  ...listenerLines('UDP or SCTP listener', one),
  ...(one.pool === null ? [] : poolLines(one.pool)),
  '',
];

function listenerLines(name: string, { id, status, connections, traffic }: ShownListener): string[] {
  const open = connections === null ? '' : `, ${connections} connections`;
  const texts = traffic === null ? undefined : trafficTexts(traffic);
  return [
    `${name} ${id}: ${status}${open}`,
    ...(traffic === null || texts === undefined
      ? []
      : [
          `    bytes    ${blockLine(bothWays(traffic), shownSlots(traffic), SPARK_WIDTH)} ${texts.bytesIn} in, ${texts.bytesOut} out, most ${texts.mostBytes}`,
          `    sessions ${blockLine(traffic.sessions, shownSlots(traffic), SPARK_WIDTH)} ${texts.sessions}, most ${texts.mostSessions}`,
        ]),
  ];
}

const poolLines = (pool: PoolStatus): string[] => [
  `  pool ${pool.id} of listener ${pool.listener}: ${pool.status}`,
  ...pool.members.map((member) => `    member ${member.id}: ${memberText(member)}`),
];

function memberText(member: MemberStatus): string {
  const { status, seconds_since_change: seconds, sessions, address } = member;
  const check = checkText(member);
  return [
    seconds === null ? status : `${status} for ${durationText(seconds)}`,
    ...(address === null ? [] : [address]),
    ...(sessions === null ? [] : [`${sessions} sessions`]),
    ...(check === '' ? [] : [`check: ${check}`]),
  ].join(', ');
}

function heartbeatLines({ heartbeats }: AmphoraStatus): string[] {
  const { sent, failed, seconds_since_last: age, destinations, note } = heartbeats;
  const last = age === null ? 'never' : `${age} s ago`;
  return [
    `heartbeats: ${sent} sent, ${failed} failed, last ${last}, to ${destinations.join(', ') || 'nobody'}`,
    `  ${note}`,
  ];
}

function driftLines({ drift }: AmphoraStatus): string[] {
  const { mode, items, unseen } = drift;
  const texts = { drift: `${items.length}`, 'no drift': 'none', unknown: 'not known' };
  return [
    `drift (${mode}): ${texts[driftResult(drift)]}`,
    ...items.map((item) => `  ${driftLine(item)}`),
    ...unseen.map((part) => `  ${unseenLine(part)}`),
  ];
}

const reloadLines = ({ reloads }: AmphoraStatus): string[] => [
  `reloads avoided: ${countsText(reloads.avoided)}; needed: ${countsText(reloads.needed)}`,
  ...reloads.recent.map((one) => `  ${one.time} ${one.load_balancer} ${one.result} ${one.detail}`.trimEnd()),
];
