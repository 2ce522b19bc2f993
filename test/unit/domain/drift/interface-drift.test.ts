import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interfaceDrift } from '../../../../src/domain/drift/interface-drift.ts';
import { interfaceAdditions, interfaceDiff } from '../../../../src/domain/network/interface-diff.ts';
import { type InterfaceFile, ownAddresses } from '../../../../src/domain/network/interface-file.ts';
import type { InterfaceState, KernelRoute } from '../../../../src/domain/network/interface-state.ts';
import { afterBatch, bareInterface, settled } from '../../../support/network/kernel-model.ts';
import { plansIn } from '../../../support/network/plug-requests.ts';

const ROUNDS = 3;
const ALONE = { otherRoutes: [], ownAddresses: new Set<string>(), virtualAddresses: new Set<string>() };

/** Applies the differences in rounds, as reconcileInterface does. */
function changedBy(
  changes: typeof interfaceDiff,
  file: InterfaceFile,
  state: InterfaceState,
): InterfaceState {
  let current = state;
  for (let round = 0; round < ROUNDS; round += 1)
    current = settled(afterBatch(current, changes(file, current).lines));
  return current;
}

const plans = fc.constantFrom('SINGLE' as const, 'ACTIVE_STANDBY' as const).chain(plansIn);
const route = (more: Partial<KernelRoute>): KernelRoute => ({
  ...{ destination: '10.9.0.0/16', table: 254, gateway: '10.0.0.9', preferredSource: undefined, metric: 0 },
  ...{ origin: 'boot', ...more },
});

describe('the drift of an interface', () => {
  it('is none after a plug', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(interfaceDrift(plan, changedBy(interfaceDiff, plan, bareInterface), ALONE)).toEqual([]);
      }),
    );
  });

  it('ends by the repair, which removes no address and no rule', () => {
    fc.assert(
      fc.property(plans, plans, (before, plan) => {
        const state = changedBy(interfaceDiff, before, bareInterface);
        const repaired = changedBy(interfaceAdditions, plan, state);
        expect(interfaceDrift(plan, repaired, ALONE).filter(({ isRepairable }) => isRepairable)).toEqual([]);
        expect(repaired.addresses).toEqual(expect.arrayContaining([...state.addresses]));
        expect(repaired.rules).toEqual(expect.arrayContaining([...state.rules]));
      }),
    );
  });

  it('never wants a VIP that keepalived has', () => {
    fc.assert(
      fc.property(plansIn('ACTIVE_STANDBY'), (plan) => {
        const own = ownAddresses(plan).map(
          ({ address, prefixLength }) => `address ${address}/${prefixLength}`,
        );
        const wanted = interfaceDrift(plan, { ...bareInterface, up: true }, ALONE)
          .map((one) => one.wanted)
          .filter((text) => text.startsWith('address'));
        expect(own).toEqual(expect.arrayContaining(wanted));
      }),
    );
  });

  const [plan] = fc.sample(plansIn('SINGLE'), { numRuns: 1, seed: 1 });
  const file = { ...(plan as InterfaceFile), name: 'eth1', addresses: [], routes: [], rules: [] };
  const state: InterfaceState = { ...bareInterface, up: true, mtu: file.mtu ?? bareInterface.mtu };

  it('names only the link of an interface that is down', () => {
    expect(interfaceDrift(plan as InterfaceFile, { ...state, up: false }, ALONE)).toMatchObject([
      { kind: 'interface', wanted: 'up', seen: 'down' },
    ]);
  });

  it('has routes that somebody added, but none of DHCP and keepalived', () => {
    const routes = [route({}), route({ destination: '10.8.0.0/16', origin: 'keepalived' })];
    expect(interfaceDrift(file, { ...state, routes }, ALONE)).toEqual([
      {
        ...{ kind: 'addresses', wanted: 'nothing', seen: 'route 10.9.0.0/16 via 10.0.0.9 table 254' },
        ...{ isHostRoute: false, isRepairable: false, weight: 'note' },
      },
    ]);
    const automatic = { ...file, addresses: [{ kind: 'automatic', dhcp: true, ipv6auto: false }] } as const;
    expect(interfaceDrift(automatic, { ...state, routes }, ALONE)).toEqual([]);
  });

  it('leaves out a host route that the kernel must refuse', () => {
    const wanted = {
      ...{ destination: '10.9.0.0/16', table: 254, gateway: '10.0.0.1', onlink: true },
      ...{ preferredSource: undefined, scope: undefined },
    };
    const withRoute = { ...file, routes: [wanted] };
    expect(interfaceDrift(withRoute, state, ALONE)).toMatchObject([{ weight: 'note', isRepairable: true }]);
    expect(interfaceDrift(withRoute, state, { ...ALONE, otherRoutes: [route({})] })).toEqual([]);
    const ownAddresses = new Set(['10.0.0.1']);
    expect(interfaceDrift(withRoute, state, { ...ALONE, ownAddresses })).toEqual([]);
  });

  it('says that another host has an address, and leaves it alone', () => {
    const own = { kind: 'static', address: 'fd00::5', prefixLength: 64, octaviaOwned: undefined } as const;
    const address = { ...own, dynamic: false, local: false, tentative: true, duplicate: true };
    const found = interfaceDrift({ ...file, addresses: [own] }, { ...state, addresses: [address] }, ALONE);
    const item = { wanted: 'address fd00::5/64', seen: 'unusable: another host has it' };
    expect(found).toMatchObject([{ ...item, isRepairable: false }]);
    const taken = { ...state, addresses: [address] };
    expect(interfaceAdditions({ ...file, addresses: [own] }, taken)).toEqual({ lines: [], pending: [] });
  });
});
