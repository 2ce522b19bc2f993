import { isDeepStrictEqual } from 'node:util';
import type { LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';

/** Random walks through configurations that change step by step, with commands to the running haproxy in between. */

/** The ports of members and of their monitors. */
export const WALK_PORTS = [8081, 8082, 8083] as const;
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '::1'] as const;
const TLS = ['', 'ssl verify none', 'ssl verify none no-check-ssl', 'check-ssl verify none'] as const;
const WEIGHTS = [0, 1, 2, 10, 256] as const;

interface WalkMember {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number | undefined;
  readonly isDisabled: boolean;
  readonly isBackup: boolean;
  readonly isChecked: boolean;
  readonly monitorPort: number | undefined;
  readonly monitorAddress: string | undefined;
  readonly tls: string;
}

interface WalkPool {
  readonly name: string;
  readonly mode: 'http' | 'tcp';
  readonly balance: string;
  readonly monitor: 'httpchk' | 'ssl-hello-chk' | undefined;
  readonly checkSeconds: number;
  readonly members: readonly WalkMember[];
}

export type Walk = readonly WalkPool[];

/** The choices of a walk, made by a generator of numbers from 0 up to 1. */
export interface Choices {
  below(limit: number): number;
  of<Item>(items: readonly [Item, ...Item[]]): Item;
  /** chooses one of the values, or none */
  maybe<Item>(items: readonly [Item, ...Item[]]): Item | undefined;
}

export function choices(random: () => number): Choices {
  const below = (limit: number): number => Math.floor(random() * limit);
  const of = <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0];
  return { below, of, maybe: (items) => (below(3) === 0 ? undefined : of(items)) };
}

let names = 0;

function newMember(choose: Choices): WalkMember {
  names += 1;
  return {
    name: `member-${names}`,
    address: choose.of(ADDRESSES),
    port: choose.of(WALK_PORTS),
    weight: choose.maybe(WEIGHTS),
    isDisabled: choose.below(6) === 0,
    isBackup: choose.below(6) === 0,
    isChecked: choose.below(5) > 0,
    monitorPort: choose.maybe(WALK_PORTS),
    monitorAddress: choose.maybe(ADDRESSES),
    tls: choose.of(TLS),
  };
}

export const newWalk = (choose: Choices): Walk =>
  ['first', 'second'].map((name) => ({
    name,
    mode: 'http',
    balance: 'roundrobin',
    monitor: undefined,
    checkSeconds: 3600,
    members: Array.from({ length: 3 }, () => newMember(choose)),
  }));

/** Returns a member that differs in one property. */
function changedMember(member: WalkMember, choose: Choices): WalkMember {
  const { isDisabled, isBackup, isChecked } = member;
  const change = choose.of<() => Partial<WalkMember>>([
    () => ({ port: choose.of(WALK_PORTS) }),
    () => ({ address: choose.of(ADDRESSES) }),
    () => ({ weight: choose.maybe(WEIGHTS) }),
    () => ({ weight: choose.maybe(WEIGHTS) }),
    () => ({ isDisabled: !isDisabled }),
    () => ({ isBackup: !isBackup }),
    () => ({ isChecked: !isChecked }),
    () => ({ monitorPort: choose.maybe(WALK_PORTS) }),
    () => ({ monitorAddress: choose.maybe(ADDRESSES) }),
    () => ({ tls: choose.of(TLS) }),
  ]);
  return { ...member, ...change() };
}

/** Returns a pool that differs in one property, most often in one of its members. */
function changedPool(pool: WalkPool, choose: Choices): WalkPool {
  const at = choose.below(pool.members.length);
  const others = pool.members.filter((_, index) => index !== at);
  const one = pool.members.map((member, index) => (index === at ? changedMember(member, choose) : member));
  if (choose.below(3) > 0) return { ...pool, members: one };
  return {
    ...pool,
    ...choose.of<() => Partial<WalkPool>>([
      () => ({ members: [...pool.members.slice(0, 4), newMember(choose)] }),
      () => ({ members: others }),
      () => ({ monitor: choose.maybe(['httpchk', 'ssl-hello-chk']) }),
      () => ({ checkSeconds: choose.of([3600, 3601]) }),
      () => ({ balance: choose.of(['roundrobin', 'leastconn', 'source']) }),
      () => ({ mode: pool.name === 'first' ? 'http' : choose.of(['http', 'tcp']) }),
    ])(),
  };
}

/** Returns a walk that differs in up to three properties. */
export function changedWalk(walk: Walk, choose: Choices): Walk {
  let changed = walk;
  for (let count = choose.below(4); count > 0; count -= 1) {
    const at = choose.below(changed.length);
    changed = changed.map((pool, index) => (index === at ? changedPool(pool, choose) : pool));
  }
  return changed;
}

/** One failed check takes no member down, and one successful check takes none up: health changes by commands only. */
const CHECK = 'check inter 1h fall 100 rise 100';

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

const memberLine = (member: WalkMember): string =>
  [
    `    server ${member.name} ${member.address}:${member.port}`,
    member.weight === undefined ? '' : `weight ${member.weight}`,
    member.isChecked ? CHECK : '',
    member.isChecked && member.monitorAddress !== undefined ? `addr ${bracketed(member.monitorAddress)}` : '',
    member.isChecked && member.monitorPort !== undefined ? `port ${member.monitorPort}` : '',
    member.isBackup ? 'backup' : '',
    member.isDisabled ? 'disabled' : '',
    member.tls,
  ]
    .filter((words) => words !== '')
    .join(' ');

const poolText = (pool: WalkPool): string =>
  [
    `backend ${pool.name}`,
    `    mode ${pool.mode}`,
    `    balance ${pool.balance}`,
    '    load-server-state-from-file global',
    `    timeout check ${pool.checkSeconds}s`,
    ...(pool.monitor === undefined ? [] : [`    option ${pool.monitor}`]),
    '    timeout connect 1h',
    '    timeout server 1h',
    ...pool.members.map(memberLine),
    '',
  ].join('\n');

/** Returns the configuration of a load balancer, whose frontend uses the first pool. */
export const walkText = (
  walk: Walk,
  { id, listenerId, vips: [vip] }: Pick<LoadBalancer, 'id' | 'listenerId' | 'vips'>,
): string => `global
    user nobody
    stats socket /var/lib/octavia/${id}.sock mode 0666 level user
    server-state-file /var/lib/octavia/${id}/servers-state
    maxconn 100

frontend ${listenerId}
    mode http
    bind ${vip.address}:80
    default_backend first
    timeout client 1h

${walk.map(poolText).join('\n')}`;

/** The commands that an operator may send to a socket of haproxy. haproxy refuses some of them for some members. */
export function randomCommand(walk: Walk, choose: Choices): string {
  const pool = walk[choose.below(walk.length)];
  const member = pool?.members[choose.below(pool.members.length)];
  if (pool === undefined || member === undefined) return 'show version';
  const server = `${pool.name}/${member.name}`;
  const port = choose.of(WALK_PORTS);
  return choose.of([
    `set server ${server} weight ${choose.of(WEIGHTS)}`,
    `set server ${server} state ${choose.of(['maint', 'drain', 'ready'])}`,
    `set server ${server} addr ${choose.of(ADDRESSES)} port ${port}`,
    `set server ${server} check-port ${port}`,
    `set server ${server} check-addr ${choose.of(ADDRESSES)} port ${port}`,
    `set server ${server} ssl ${choose.of(['on', 'off'])}`,
    `set server ${server} health down`,
    `set server ${server} health down`,
    `set server ${server} health down`,
    `set server ${server} health up`,
    `disable health ${server}`,
  ]);
}

/** Returns by "POOL MEMBER" whether the health of a member outlives a reload from one walk to the next. */
export function keepsHealth(before: Walk, after: Walk): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const pool of after) {
    const earlier = before.find(({ name }) => name === pool.name);
    const sameChecks =
      earlier !== undefined &&
      isDeepStrictEqual(
        [earlier.mode, earlier.monitor, earlier.checkSeconds],
        [pool.mode, pool.monitor, pool.checkSeconds],
      );
    for (const member of pool.members) {
      const ran = earlier?.members.find(({ name }) => name === member.name);
      if (sameChecks && ran !== undefined && isCheckedAlike(ran, member))
        kept.add(`${pool.name} ${member.name}`);
    }
  }
  return kept;
}

const isCheckedAlike = (ran: WalkMember, member: WalkMember): boolean =>
  member.isChecked &&
  !member.isDisabled &&
  memberLine({ ...ran, weight: 1, isDisabled: false }) === memberLine({ ...member, weight: 1 });
