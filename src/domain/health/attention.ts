import type { RollbackResult } from '../haproxy/rollback-result.ts';
import { durationText } from '../text/durations.ts';
import type { AmphoraStatus, MemberStatus, PoolStatus } from './amphora-status.ts';

/** The most sentences about members: a network that fails takes all of them down. */
const MOST_MEMBERS = 10;

type Judged = Pick<AmphoraStatus, 'vips' | 'vrrp' | 'load_balancers' | 'udp_and_sctp_listeners' | 'reloads'>;

/** Returns a sentence for each fault that a person should look at and that leaves the amphora ready. */
export function attention(status: Judged): string[] {
  const { load_balancers: balancers, udp_and_sctp_listeners: lvs } = status;
  const pools = [
    ...balancers.flatMap((one) => one.pools),
    ...lvs.flatMap(({ pool }) => (pool === null ? [] : [pool])),
  ];
  const members = pools.flatMap(memberFaults);
  return [
    ...vipFaults(status),
    ...lvs.flatMap(({ id, status: state }) =>
      state === 'ERROR' ? [`keepalived of listener ${id} does not run: see octavia-keepalivedlvs-${id}`] : [],
    ),
    ...pools
      .filter(isDown)
      .map(({ id, listener }) => `pool ${id} of listener ${listener} has no member that is up`),
    ...members.slice(0, MOST_MEMBERS),
    ...(members.length > MOST_MEMBERS ? [`${members.length - MOST_MEMBERS} more members are down`] : []),
    ...failedReloads(status),
  ];
}

const isDown = ({ status }: { readonly status: string }): boolean => status.startsWith('DOWN');

function vipFaults({ vips, vrrp }: Judged): string[] {
  return [
    ...vrrp.flatMap(({ instance, interface: name, state }) =>
      state === 'FAULT'
        ? [`VRRP instance ${instance} is in FAULT: ${name} is down, or a haproxy does not answer its check`]
        : [],
    ),
    ...vips
      .filter(({ holder }) => holder === 'nobody')
      .map(
        ({ address }) => `VIP ${address} is on no interface here, and keepalived reports no peer that has it`,
      ),
  ];
}

const memberFaults = ({ id: pool, members }: PoolStatus): string[] =>
  members.filter(isDown).map((member) => {
    const { id, address, seconds_since_change: seconds } = member;
    const where = address === null ? '' : ` (${address})`;
    const since = seconds === null ? '' : ` for ${durationText(seconds)}`;
    const why = checkText(member);
    return `member ${id}${where} of pool ${pool} is down${since}${why === '' ? '' : `: ${why}`}`;
  });

/** Returns the last result of a member's check for a person; '' without one. */
export function checkText({ check }: Pick<MemberStatus, 'check'>): string {
  if (check === null) return '';
  const { status, description, detail } = check;
  return [status, description, detail].filter((part) => part !== '').join(', ');
}

/** Returns a sentence for each load balancer whose last reload failed. */
function failedReloads({ reloads }: Judged): string[] {
  const last = new Map(reloads.recent.toReversed().map((event) => [event.load_balancer, event]));
  return [...last.values()].flatMap(({ load_balancer: id, time, rollback }) =>
    rollback === null
      ? []
      : [`the last reload of load balancer ${id} failed at ${time} and ${AFTER_FAILURE[rollback]}`],
  );
}

/** What is true after a failed reload, by the result of its rollback. */
const AFTER_FAILURE: Readonly<Record<RollbackResult, string>> = {
  'rolled back': 'was rolled back: the former configuration runs',
  'nothing to roll back to':
    'there was nothing to roll back to: the stored configuration is the one that ran last, or none has run yet',
  'copy damaged':
    'was not rolled back: the copy of the former configuration is damaged, so the one that failed is still stored. Upload one that runs',
  'does not run either':
    'was rolled back to the former configuration, which does not run either: see the failed changes',
  'not rolled back': 'was not rolled back: the failed changes say why',
};
