import { failedChangeLines } from '../../domain/health/failed-changes.ts';
import { holderText } from '../../domain/health/status-text.ts';
import { countsText } from '../../domain/text/counts.ts';
import { upgradeLines } from '../../domain/upgrade/last-upgrade.ts';
import type { StatusFacts } from '../../schemas/ctl-facts.ts';
import { type Block, spanText } from './blocks.ts';

/** Shows an amphora at a glance. */
export function statusBlocks(facts: StatusFacts): Block[] {
  const { versions, heartbeats, reloads, certificates } = facts;
  return [
    `amphora ${facts.amphora} (${facts.hostname}): ${facts.ready ? 'ready' : 'not ready'}`,
    `agent ${versions.agent}, up ${spanText(facts.uptime_seconds)}; haproxy ${versions.haproxy}; keepalived ${versions.keepalived}`,
    ...facts.reasons.map((reason) => `- ${reason}`),
    ...(facts.attention ?? []).map((fault) => `attention: ${fault}`),
    ...facts.notes.map((note) => `note: ${note}`),
    ...(facts.vips ?? []).map((vip) => `VIP ${vip.address}: ${holderText(vip)}`),
    ...loadBalancers(facts),
    `heartbeats: ${heartbeatsText(heartbeats)}`,
    `reloads avoided: ${countsText(reloads.avoided)}; needed: ${countsText(reloads.needed)}`,
    ...reloads.recent.map((one) =>
      `  ${one.time} ${one.load_balancer} ${one.result} ${one.detail}`.trimEnd(),
    ),
    ...(facts.drift === undefined ? [] : driftLines(facts.drift)),
    ...upgradeLines(facts.upgrade ?? null),
    ...failedChangeLines(facts.failed_changes ?? []),
    ...certificates.map(({ file, days_left }) => `certificate ${file}: ${days_left} days left`),
  ];
}

function driftLines({ items, unseen = [] }: NonNullable<StatusFacts['drift']>): string[] {
  const shows = 'amphora-agent ctl drift shows it';
  return [
    ...(items.length === 0 ? [] : [`drift of ${items.length} objects: ${shows}`]),
    ...(unseen.length === 0 ? [] : [`drift is not known of ${unseen.length} parts: ${shows}`]),
  ];
}

export const heartbeatsText = ({ sent, failed, seconds_since_last }: StatusFacts['heartbeats']): string =>
  `${sent} sent, ${failed} failed, last ${seconds_since_last === null ? 'never' : `${seconds_since_last} s ago`}`;

function loadBalancers({ load_balancers, udp_and_sctp_listeners }: StatusFacts): Block[] {
  const rows = [
    ...load_balancers.map(({ id, state, vips, listeners, pools }) => [
      id,
      state,
      vips.join('\n'),
      listeners
        .map((one) => `${one.id} ${one.status}, ${one.connections ?? 'unknown'} connections`)
        .join('\n'),
      membersText(pools.flatMap(({ members }) => members.map(({ status }) => status))),
    ]),
    ...udp_and_sctp_listeners.map(({ id, status }) => [id, status, '', 'UDP or SCTP', '']),
  ];
  if (rows.length === 0) return ['no load balancers'];
  return [{ head: ['load balancer', 'state', 'VIP', 'listeners', 'members'], rows }];
}

/** Returns how many members have which status: `2 UP, 1 DOWN`. */
function membersText(statuses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join('\n');
}
