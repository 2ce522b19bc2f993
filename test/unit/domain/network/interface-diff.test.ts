import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interfaceDiff } from '../../../../src/domain/network/interface-diff.ts';
import { type InterfaceFile, MAIN_TABLE } from '../../../../src/domain/network/interface-file.ts';
import { loopbackPlan, planVip } from '../../../../src/domain/network/interface-plan.ts';
import type {
  InterfaceState,
  KernelAddress,
  KernelRoute,
  KernelRule,
} from '../../../../src/domain/network/interface-state.ts';
import { parsePlugVip } from '../../../../src/schemas/plug.ts';
import { stateText } from '../../../support/network/interface-state-text.ts';
import { afterBatch, bareInterface, settled } from '../../../support/network/kernel-model.ts';
import { expectedText, plansIn } from '../../../support/network/plug-requests.ts';

const ROUNDS = 3;

/** Applies the diff as reconcileInterface does. */
function reconciled(file: InterfaceFile, state: InterfaceState): InterfaceState {
  let current = state;
  for (let round = 0; round < ROUNDS; round++) {
    current = settled(afterBatch(current, interfaceDiff(file, current).lines));
  }
  return current;
}

const texts = (file: InterfaceFile, state: InterfaceState): string[] =>
  interfaceDiff(file, state).lines.map(({ text }) => text);

const address = (text: string, more: Partial<KernelAddress> = {}): KernelAddress => {
  const [plain = '', length] = text.split('/');
  const rest = { dynamic: false, local: false, tentative: false, duplicate: false };
  return { address: plain, prefixLength: Number(length), ...rest, ...more };
};

const route = (destination: string, more: Partial<KernelRoute> = {}): KernelRoute => ({
  destination,
  table: MAIN_TABLE,
  gateway: undefined,
  preferredSource: undefined,
  metric: 0,
  origin: 'static',
  ...more,
});

const rule = (
  priority: number,
  source: string,
  sourceLength: number,
  more: Partial<KernelRule>,
): KernelRule => ({
  priority,
  source,
  sourceLength,
  table: 1,
  selective: false,
  origin: 'static',
  ...more,
});

const VIP = planVip(
  parsePlugVip('10.90.0.10', {
    subnet_cidr: '10.90.0.0/24',
    gateway: '10.90.0.1',
    vrrp_ip: '10.90.0.3',
    mac_address: 'fa:16:3e:00:00:01',
    mtu: 1400,
  }),
  'SINGLE',
);
const STANDBY: InterfaceFile = {
  ...VIP,
  rules: [],
  addresses: VIP.addresses.map((entry) => ({ ...entry, octaviaOwned: false })),
};
const MEMBER: InterfaceFile = {
  ...VIP,
  name: 'eth2',
  type: 'backend',
  mtu: undefined,
  addresses: [],
  routes: [],
  rules: [],
};

describe('the changes from the state of the kernel to the interface file', () => {
  it('begin with the link, and add addresses, routes and rules in this order', () => {
    expect(texts(VIP, bareInterface)).toEqual([
      'link set dev eth1 mtu 1400 up',
      'address add 10.90.0.3/24 dev eth1',
      'address add 10.90.0.10/32 dev eth1',
      'route replace 0.0.0.0/0 via inet 10.90.0.1 dev eth1 table 254 onlink protocol static',
      'route replace 0.0.0.0/0 via inet 10.90.0.1 dev eth1 table 1 onlink protocol static',
      'route add 10.90.0.0/24 dev eth1 table 1 scope link src 10.90.0.10 protocol static',
      'rule add priority 32000 from 10.90.0.10/32 table 1 protocol static',
    ]);
  });

  it('add the route to the network of an address again, but none for lo, which has no such route', () => {
    const member = { ...MEMBER, addresses: VIP.addresses.slice(0, 1) };
    const present = { ...bareInterface, name: 'eth2', up: true, addresses: [address('10.90.0.3/24')] };
    expect(texts(member, present)).toEqual([
      'route add 10.90.0.0/24 dev eth2 table 254 scope link src 10.90.0.3 protocol kernel',
    ]);
    const loopback = { ...bareInterface, name: 'lo', up: true, addresses: [address('127.0.0.1/8')] };
    expect(texts(loopbackPlan, loopback)).toEqual([]);
  });

  it('end in the state of the file from any state, in three rounds at most, and then no change is left', () => {
    const walks = fc
      .constantFrom('SINGLE' as const, 'ACTIVE_STANDBY' as const)
      .chain((topology) => fc.array(plansIn(topology), { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(walks, (plans) => {
        let state = bareInterface;
        for (const plan of plans) {
          state = reconciled(plan, state);
          expect(stateText(state)).toEqual(expectedText(plan));
          expect(interfaceDiff(plan, state)).toEqual({ lines: [], pending: [] });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('add before they remove, and leave out what exists already', () => {
    fc.assert(
      fc.property(plansIn('SINGLE'), plansIn('SINGLE'), (before, after) => {
        const state = reconciled(before, bareInterface);
        const lines = texts(after, state).filter((text) => !text.startsWith('link'));
        const verbs = lines.map((text) => (/^\w+ del/.test(text) ? 'remove' : 'add'));
        expect(verbs).toEqual(verbs.toSorted());
        const unchanged = stateText(state).filter((line) => expectedText(after).includes(line));
        for (const line of unchanged) {
          const [kind, subject, table] = line.split(' ');
          const named = lines.filter(
            (text) =>
              text.startsWith(`${kind} `) && text.split(/ via | dev | table /)[0]?.endsWith(` ${subject}`),
          );
          expect(
            kind === 'address' ? named : named.filter((text) => text.includes(`table ${table} `)),
          ).toEqual([]);
        }
      }),
    );
  });

  it('replace a route whose gateway changed without a gap', () => {
    const state = reconciled(VIP, bareInterface);
    const routes = VIP.routes.map((entry) =>
      entry.gateway === undefined ? entry : { ...entry, gateway: '10.90.0.2' },
    );
    expect(texts({ ...VIP, routes }, state)).toEqual([
      'route replace 0.0.0.0/0 via inet 10.90.0.2 dev eth1 table 254 onlink protocol static',
      'route replace 0.0.0.0/0 via inet 10.90.0.2 dev eth1 table 1 onlink protocol static',
    ]);
  });

  it('add an IPv6 source route only after duplicate address detection of the address', () => {
    const file = planVip(
      parsePlugVip('fd00::10', { subnet_cidr: 'fd00::/64', gateway: null, mac_address: 'fa:16:3e:00:00:01' }),
      'SINGLE',
    );
    const first = interfaceDiff(file, bareInterface);
    expect(first.pending).toEqual(['fd00::10']);
    expect(first.lines.some(({ text }) => text.includes('src'))).toBe(false);

    const tentative = afterBatch(bareInterface, first.lines);
    expect(interfaceDiff(file, tentative)).toEqual({ lines: [], pending: ['fd00::10'] });

    expect(interfaceDiff(file, settled(tentative))).toEqual({
      lines: [
        {
          version: 6,
          text: 'route add fd00::/64 dev eth1 table 1 scope link src fd00::10 protocol static',
          optional: false,
        },
      ],
      pending: [],
    });
  });

  it('start the detection of a duplicate address again', () => {
    const file = {
      ...VIP,
      addresses: [{ kind: 'static', address: 'fd00::10', prefixLength: 128, octaviaOwned: true }],
    } as const;
    const state = {
      ...bareInterface,
      addresses: [address('fd00::10/128', { tentative: true, duplicate: true })],
    };
    expect(texts(file, state).slice(1, 3)).toEqual([
      'address del fd00::10/128 dev eth1',
      'address add fd00::10/128 dev eth1',
    ]);
  });

  it('mark only host routes as optional', () => {
    const hostRoute = { ...VIP.routes[0], destination: '192.168.9.0/24', table: 1 };
    const file = {
      ...VIP,
      routes: [
        ...VIP.routes,
        { ...hostRoute, gateway: 'fd00::1', onlink: true, preferredSource: undefined, scope: undefined },
      ],
    };
    const optional = interfaceDiff(file, bareInterface).lines.filter((line) => line.optional);
    expect(optional.map(({ text }) => text)).toEqual([
      'route add 192.168.9.0/24 via inet6 fd00::1 dev eth1 table 1 onlink protocol static',
    ]);
  });
});

describe('the addresses, routes and rules of other programs', () => {
  const up = { ...bareInterface, up: true, mtu: 1400 };

  it('stay: addresses with a lifetime, the link-local one, the VIP of keepalived', () => {
    const addresses = [
      address('10.90.0.99/24', { dynamic: true }),
      address('fe80::1/64', { local: true }),
      address('10.90.0.10/32'),
      address('10.90.0.3/24'),
    ];
    const file = { ...STANDBY, routes: [] };
    expect(texts(file, { ...up, addresses })).toEqual([]);
  });

  it('are removed: a static address that the file does not name', () => {
    expect(texts({ ...STANDBY, routes: [] }, { ...up, addresses: [address('10.90.0.77/24')] })).toEqual([
      'address del 10.90.0.77/24 dev eth1',
    ]);
  });

  it('are used if the file has the same', () => {
    const routes = [
      route('0.0.0.0/0', { gateway: '10.90.0.1', origin: 'other', metric: 100 }),
      route('10.90.0.0/24', { origin: 'kernel', preferredSource: '10.90.0.3' }),
      route('0.0.0.0/0', { gateway: '10.90.0.1', table: 1, origin: 'keepalived' }),
      route('10.90.0.0/24', { preferredSource: '10.90.0.10', table: 1 }),
    ];
    const rules = [rule(100, '10.90.0.10', 32, { origin: 'other' })];
    const state = { ...up, addresses: [address('10.90.0.3/24'), address('10.90.0.10/32')], routes, rules };
    expect(texts(VIP, state)).toEqual([]);
  });

  it('stay: routes that are not static, and rules of the kernel and of keepalived', () => {
    const routes = [
      route('10.99.0.0/24', { origin: 'kernel' }),
      route('10.98.0.0/24', { origin: 'keepalived', table: 1 }),
      route('0.0.0.0/0', { origin: 'other', gateway: '10.90.0.254', metric: 100 }),
    ];
    const rules = [...bareInterface.rules, rule(100, '10.90.0.10', 32, { origin: 'keepalived' })];
    expect(texts({ ...STANDBY, routes: [] }, { ...up, routes, rules })).toEqual([]);
  });

  it('are removed: static routes of every table and rules that the file of the VIP does not name', () => {
    const routes = [
      route('10.99.0.0/24', { gateway: '10.90.0.9', table: 7 }),
      route('fd09::/64', { metric: 1024 }),
    ];
    const rules = [
      rule(32_000, '10.90.0.77', 32, { origin: 'other' }),
      rule(5, '::', 0, { origin: 'static', table: 9, selective: true }),
    ];
    expect(texts({ ...STANDBY, routes: [] }, { ...up, routes, rules })).toEqual([
      'rule del priority 32000 from 10.90.0.77/32 table 1',
      'rule del priority 5 from ::/0 table 9',
      'route del 10.99.0.0/24 via inet 10.90.0.9 dev eth1 table 7 metric 0 protocol static',
      'route del fd09::/64 dev eth1 table 254 metric 1024 protocol static',
    ]);
  });

  it("include all rules for a member's network", () => {
    const rules = [rule(32_000, '10.90.0.10', 32, { origin: 'static' })];
    expect(texts(MEMBER, { ...up, rules })).toEqual([]);
  });

  it('include a rule with further conditions, which does not replace the plain one', () => {
    const rules = [rule(9, '10.90.0.10', 32, { origin: 'keepalived', selective: true })];
    expect(texts(VIP, { ...reconciled(VIP, bareInterface), rules })).toEqual([
      'rule add priority 32000 from 10.90.0.10/32 table 1 protocol static',
    ]);
  });
});

it('a subnet route outside of table main is not added with its address', () => {
  const [subnetRoute] = VIP.routes.filter(
    ({ gateway, table }) => gateway === undefined && table === MAIN_TABLE,
  );
  if (subnetRoute === undefined) throw new Error('no subnet route');
  expect(texts({ ...VIP, routes: [{ ...subnetRoute, table: 7 }], rules: [] }, bareInterface)).toContain(
    'route add 10.90.0.0/24 dev eth1 table 7 scope link protocol static',
  );
});
