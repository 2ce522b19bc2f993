import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ipVersion, networkOf } from '../../../src/domain/network/addresses.ts';
import { interfaceDiff } from '../../../src/domain/network/interface-diff.ts';
import { type InterfaceFile, ownAddresses } from '../../../src/domain/network/interface-file.ts';
import type { InterfaceState } from '../../../src/domain/network/interface-state.ts';
import { parseInterfaceState, stateQuestions } from '../../../src/domain/network/ip-json.ts';
import { reconcileInterface } from '../../../src/operations/interfaces/reconcile-interface.ts';
import { stateText } from '../../support/network/interface-state-text.ts';
import { expectedText, plansIn } from '../../support/network/plug-requests.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const STEPS = 15;
/** The seed of one walk through the plans, the same in every run. */
const SEED = 1_795_244_239_113;
const MARK_PRIORITY = 1234;
const MARK_LIFETIME = 50_000;
const MARK_METRIC = 77;
const MARK_ADVMSS = 1234;

const { lab } = useNetworkLab();

beforeEach(async () => {
  const nic = await lab.addNic();
  await lab.context.host.network.ensure();
  await lab.context.host.network.moveIn(nic.name, 'eth1');
});

const state = (): Promise<InterfaceState> => lab.context.host.network.state('eth1');

/** Changes every entry in a property that the plan does not set, so that a replaced entry can be recognised. */
async function markAll(plan: InterfaceFile): Promise<void> {
  const { routes, rules } = await state();
  for (const { address, prefixLength } of ownAddresses(plan)) {
    const lifetimes = ['valid_lft', 'forever', 'preferred_lft', String(MARK_LIFETIME)];
    const words = ipVersion(address) === 4 ? ['metric', String(MARK_METRIC)] : lifetimes;
    await lab.inside('ip', 'address', 'change', `${address}/${prefixLength}`, 'dev', 'eth1', ...words);
  }
  for (const { destination, gateway, table, preferredSource, origin } of routes) {
    if (origin !== 'static') continue;
    const via = gateway === undefined ? ['scope', 'link'] : ['via', gateway, 'onlink'];
    const source = preferredSource === undefined ? [] : ['src', preferredSource];
    const words = [
      destination,
      ...via,
      ...source,
      'dev',
      'eth1',
      'table',
      String(table),
      'protocol',
      'static',
    ];
    await lab.inside('ip', 'route', 'change', ...words, 'advmss', String(MARK_ADVMSS));
  }
  for (const { source, sourceLength, table, priority, origin } of rules) {
    if (origin !== 'static') continue;
    const rule = ['from', `${source}/${sourceLength}`, 'table', String(table)];
    const family = ipVersion(source) === 4 ? '-4' : '-6';
    await lab.inside('ip', family, 'rule', 'add', ...rule, 'priority', String(MARK_PRIORITY));
    await lab.inside('ip', family, 'rule', 'del', ...rule, 'priority', String(priority));
  }
}

/** The kernel replaces a subnet's route in table main with its own, and back: such routes prove nothing. */
const comparable = (lines: string[]): string[] =>
  lines.filter((line) => !/ 254 (connected|via link)/.test(line));

/** Lists the entries that have kept their mark, in the form of stateText. */
async function markedText(): Promise<string[]> {
  const answer = async (family: '-4' | '-6'): Promise<string> => {
    const show = stateQuestions('eth1').map((question) => `ip ${family} -N -d -json ${question}`);
    const lists: Shown[][] = (await lab.inside('sh', '-c', show.join(' && ')))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return lists.map((list) => JSON.stringify(list.map(withMarkedAddresses).filter(isMarked))).join('\n');
  };
  return comparable(stateText(parseInterfaceState('eth1', { 4: await answer('-4'), 6: await answer('-6') })));
}

type Shown = Record<string, unknown>;

const withMarkedAddresses = (entry: Shown): Shown => {
  const addresses: Shown[] = Array.isArray(entry['addr_info']) ? entry['addr_info'] : [];
  const marked = addresses.filter(
    ({ metric, preferred_life_time: preferred }) =>
      metric === MARK_METRIC || Number(preferred) <= MARK_LIFETIME,
  );
  return { ...entry, addr_info: marked };
};

const isMarked = (entry: Shown): boolean =>
  entry['ifname'] !== undefined ||
  entry['priority'] === MARK_PRIORITY ||
  JSON.stringify(entry['metrics'] ?? '').includes(`"advmss":${MARK_ADVMSS}`);

/**
 * Whether the kernel itself takes entries along that both plans have: with promote_secondaries off a primary IPv4 address
 * takes its secondaries, and the last one takes every IPv4 route of the interface.
 */
function losesPrimary(before: InterfaceFile, after: InterfaceFile): boolean {
  const kept = new Set(ownAddresses(after).map(({ address }) => address));
  const lost = ownAddresses(before).filter(({ address }) => ipVersion(address) === 4 && !kept.has(address));
  const networks = (plan: InterfaceFile): string[] =>
    ownAddresses(plan).map(({ address, prefixLength }) => networkOf(address, prefixLength));
  const isLast = !ownAddresses(after).some(({ address }) => ipVersion(address) === 4);
  if (isLast && lost.length > 0) return true;
  return lost.some(({ address, prefixLength }) => networks(after).includes(networkOf(address, prefixLength)));
}

describe.each(['SINGLE', 'ACTIVE_STANDBY'] as const)(
  'a change of an interface from one plan to another in %s',
  (topology) => {
    it('ends with exactly the new plan and does not touch addresses and routes of both plans, in any order', async () => {
      const plans = fc.sample(plansIn(topology), { numRuns: STEPS, seed: SEED });
      let before: InterfaceFile | undefined;
      for (const [step, plan] of plans.entries()) {
        const where = `step ${step}`;
        const marked = before === undefined ? [] : await markedText();

        await reconcileInterface(lab.context, plan);

        const after = await state();
        expect(stateText(after), where).toEqual(expectedText(plan));
        expect(after, where).toMatchObject({ up: true, mtu: plan.mtu });
        expect(interfaceDiff(plan, after), where).toEqual({ lines: [], pending: [] });
        if (before !== undefined && !losesPrimary(before, plan)) {
          const unchanged = marked.filter((line) => stateText(after).includes(line));
          expect(await markedText(), where).toEqual(unchanged);
        }
        await markAll(plan);
        expect(await markedText(), where).toEqual(comparable(stateText(after)));
        before = plan;
      }
    }, 300_000);
  },
);
