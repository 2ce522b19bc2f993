import { hostLength, type IpVersion, ipVersion, networkOf } from './addresses.ts';
import type { BatchLine } from './batch-line.ts';
import {
  type InterfaceFile,
  type InterfaceRule,
  MAIN_TABLE,
  ownAddresses,
  type StaticAddress,
} from './interface-file.ts';
import type { InterfaceState, KernelAddress, KernelRule } from './interface-state.ts';
import { routeChanges } from './route-changes.ts';

export interface InterfaceDiff {
  readonly lines: readonly BatchLine[];
  /** wanted IPv6 addresses that are unusable so far: not added yet, or under duplicate address detection */
  readonly pending: readonly string[];
}

/** The priority of the VIPs' rules. Octavia's agent uses the same one, from its library. */
const RULE_PRIORITY = 32_000;

/**
 * Returns the commands that bring the kernel's state to the file's. Additions come before removals, and existing objects
 * are left alone, so that live connections survive. It removes objects that the file doesn't name: static addresses
 * (except keepalived's), routes of protocol static and, on the VIP's interface, rules that belong neither to the kernel
 * nor to keepalived.
 *
 * One round may not be enough: the kernel accepts a route with an IPv6 source only after that address has passed duplicate
 * address detection. With promote_secondaries off, it removes other addresses along with a primary one. Read the state
 * again and repeat until the result has neither lines nor pending addresses.
 */
export function interfaceDiff(file: InterfaceFile, state: InterfaceState): InterfaceDiff {
  const { additions, removals, pending } = interfaceChanges(file, state);
  return { lines: [...additions, ...removals], pending };
}

/**
 * The same as interfaceDiff() without the removals: it leaves alone what the file doesn't name, and an address that failed
 * duplicate address detection, because another host has it.
 */
export function interfaceAdditions(file: InterfaceFile, state: InterfaceState): InterfaceDiff {
  const addresses = file.addresses.filter(
    (entry) => entry.kind !== 'static' || find(state, entry)?.duplicate !== true,
  );
  const { additions, pending } = interfaceChanges({ ...file, addresses }, state);
  return { lines: additions, pending };
}

/** Returns the lines of interfaceDiff() in two parts. */
export function interfaceChanges(
  file: InterfaceFile,
  state: InterfaceState,
): Pick<InterfaceDiff, 'pending'> & {
  readonly additions: readonly BatchLine[];
  readonly removals: readonly BatchLine[];
} {
  const wanted = distinct(ownAddresses(file), ({ address, prefixLength }) => `${address}/${prefixLength}`);
  const missing = wanted.filter((address) => !isUsableOrSettling(state, address));
  const unwanted = state.addresses.filter((address) => isRemovable(address, file));
  const routes = routeChanges(file, state, connectedNetworks(missing));
  const rules = file.type === 'vip' ? ruleChanges(file.rules, state) : { additions: [], removals: [] };
  return {
    additions: [
      ...linkLines(file, state),
      ...missing.flatMap((address) => additionLines(address, state)),
      ...connectedRoutes(file, wanted, state),
      ...routes.additions,
      ...rules.additions,
    ],
    removals: [
      ...rules.removals,
      ...routes.removals,
      ...unwanted.map((address) => addressLine('del', address, state.name)),
    ],
    pending: wanted
      .filter((address) => ipVersion(address.address) === 6 && !isUsable(state, address))
      .map(({ address }) => address),
  };
}

function linkLines({ mtu }: InterfaceFile, state: InterfaceState): BatchLine[] {
  const changes = [
    ...(mtu !== undefined && mtu !== state.mtu ? [`mtu ${mtu}`] : []),
    ...(state.up ? [] : ['up']),
  ];
  return changes.length === 0 ? [] : [line(4, `link set dev ${state.name} ${changes.join(' ')}`)];
}

type Placed = Pick<StaticAddress, 'address' | 'prefixLength'>;

const same = (one: Placed, other: Placed): boolean =>
  one.address === other.address && one.prefixLength === other.prefixLength;

const find = (state: InterfaceState, wanted: Placed): KernelAddress | undefined =>
  state.addresses.find((address) => same(address, wanted));

const isUsable = (state: InterfaceState, wanted: Placed): boolean => find(state, wanted)?.tentative === false;

const isUsableOrSettling = (state: InterfaceState, wanted: Placed): boolean =>
  find(state, wanted)?.duplicate === false;

function isRemovable(address: KernelAddress, file: InterfaceFile): boolean {
  if (address.dynamic || address.local) return false;
  return !file.addresses.some((entry) => entry.kind === 'static' && same(entry, address));
}

/**
 * Returns the lines that add an address. An address that failed duplicate address detection is added again, for a new try.
 */
function additionLines(address: Placed, state: InterfaceState): BatchLine[] {
  const addition = addressLine('add', address, state.name);
  return find(state, address) === undefined
    ? [addition]
    : [addressLine('del', address, state.name), addition];
}

function addressLine(verb: 'add' | 'del', { address, prefixLength }: Placed, name: string): BatchLine {
  return line(ipVersion(address), `address ${verb} ${address}/${prefixLength} dev ${name}`);
}

/** Returns the networks whose link route the kernel adds together with these addresses. */
const connectedNetworks = (addresses: readonly Placed[]): ReadonlySet<string> =>
  new Set(
    addresses
      .filter(({ address, prefixLength }) => prefixLength < hostLength(address))
      .map(({ address, prefixLength }) => networkOf(address, prefixLength)),
  );

/**
 * Returns the lines that add the route to the network of an address again. The kernel adds such a route only together with the
 * address, and none for the addresses of lo. Other authors' files name some of these routes; then routeChanges() adds them.
 */
function connectedRoutes(
  { type, routes }: InterfaceFile,
  addresses: readonly Placed[],
  state: InterfaceState,
): BatchLine[] {
  if (type === 'lo') return [];
  const present = addresses.filter((address) => isUsable(state, address) && state.up);
  const lines = present.flatMap(({ address, prefixLength }) => {
    const version = ipVersion(address);
    const destination = networkOf(address, prefixLength);
    const isIn = (route: { readonly destination: string; readonly table: number }): boolean =>
      route.destination === destination && route.table === MAIN_TABLE;
    if (prefixLength === hostLength(address) || routes.some(isIn) || state.routes.some(isIn)) return [];
    const details = version === 4 ? `scope link src ${address}` : 'metric 256';
    const place = `${destination} dev ${state.name} table ${MAIN_TABLE}`;
    return [line(version, `route add ${place} ${details} protocol kernel`)];
  });
  return distinct(lines, ({ text }) => text);
}

function ruleChanges(
  wanted: readonly InterfaceRule[],
  state: InterfaceState,
): { additions: BatchLine[]; removals: BatchLine[] } {
  const missing = wanted.filter((rule) => !state.rules.some((existing) => isRule(existing, rule)));
  const unwanted = state.rules.filter(
    (existing) => isForeign(existing) && !wanted.some((rule) => isRule(existing, rule)),
  );
  return {
    additions: distinct(missing, ruleSelector).map((rule) =>
      line(
        ipVersion(rule.source),
        `rule add priority ${RULE_PRIORITY} ${ruleSelector(rule)} protocol static`,
      ),
    ),
    removals: unwanted.map((rule) =>
      line(ipVersion(rule.source), `rule del priority ${rule.priority} ${ruleSelector(rule)}`),
    ),
  };
}

const isForeign = ({ origin }: KernelRule): boolean => origin !== 'kernel' && origin !== 'keepalived';

/** Compares rules at any priority, because other agents use other priorities. */
const isRule = (existing: KernelRule, wanted: InterfaceRule): boolean =>
  !existing.selective && ruleSelector(existing) === ruleSelector(wanted);

const ruleSelector = ({ source, sourceLength, table }: InterfaceRule): string =>
  `from ${source}/${sourceLength} table ${table}`;

function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

const line = (version: IpVersion, text: string): BatchLine => ({ version, text, optional: false });
