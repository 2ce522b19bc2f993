import { hostLength, ipVersion, networkOf } from '../../../src/domain/network/addresses.ts';
import type { BatchLine } from '../../../src/domain/network/batch-line.ts';
import type {
  InterfaceState,
  KernelAddress,
  KernelRoute,
} from '../../../src/domain/network/interface-state.ts';

const MAIN = 254;
const DEFAULT_METRIC = { 4: 0, 6: 1024 } as const;

/** Returns a new interface: link down, with the kernel's rules only. */
export const bareInterface: InterfaceState = {
  name: 'eth1',
  up: false,
  mtu: 1500,
  addresses: [],
  routes: [],
  rules: [
    { priority: 0, source: '0.0.0.0', sourceLength: 0, table: 255, selective: false, origin: 'kernel' },
    { priority: 0, source: '::', sourceLength: 0, table: 255, selective: false, origin: 'kernel' },
  ],
};

/**
 * What the kernel makes of `ip -force -batch` lines: a line that it refuses changes nothing. promote_secondaries is off,
 * IPv6 addresses are tentative until settled().
 */
export function afterBatch(state: InterfaceState, lines: readonly BatchLine[]): InterfaceState {
  return lines.reduce((current, { text }) => afterLine(current, text.split(' ')), state);
}

/** Ends duplicate address detection with success. */
export const settled = (state: InterfaceState): InterfaceState => ({
  ...state,
  addresses: state.addresses.map((address) => ({ ...address, tentative: false })),
});

function afterLine(state: InterfaceState, [object, verb, ...words]: string[]): InterfaceState {
  const option = (name: string): string | undefined => {
    const index = words.indexOf(name);
    return index < 0 ? undefined : words[index + 1];
  };
  if (object === 'link') {
    return { ...state, up: state.up || words.includes('up'), mtu: Number(option('mtu') ?? state.mtu) };
  }
  const [subject = ''] = words;
  if (object === 'address')
    return verb === 'add' ? addAddress(state, subject) : deleteAddress(state, subject);
  if (object === 'route') {
    const version = ipVersion(subject);
    const route: KernelRoute = {
      destination: subject,
      table: Number(option('table')),
      gateway: words.includes('via') ? words[words.indexOf('via') + 2] : undefined,
      preferredSource: option('src'),
      metric: Number(option('metric') ?? DEFAULT_METRIC[version]),
      origin: 'static',
    };
    return verb === 'del' ? deleteRoute(state, route) : addRoute(state, route, verb === 'replace');
  }
  if (object !== 'rule') throw new Error(`unknown object ${object}`);
  const [source = '', length] = (option('from') ?? '').split('/');
  const rule = {
    priority: Number(option('priority')),
    source,
    sourceLength: Number(length),
    table: Number(option('table')),
    selective: false,
  };
  const others = state.rules.filter(
    (existing) =>
      existing.source !== source || existing.table !== rule.table || existing.priority !== rule.priority,
  );
  return { ...state, rules: verb === 'add' ? [...others, { ...rule, origin: 'static' }] : others };
}

const keyOf = ({ address, prefixLength }: KernelAddress): string => `${address}/${prefixLength}`;
const networkOfAddress = ({ address, prefixLength }: KernelAddress): string =>
  networkOf(address, prefixLength);

function addAddress(state: InterfaceState, key: string): InterfaceState {
  const [address = '', length] = key.split('/');
  const version = ipVersion(address);
  const added: KernelAddress = {
    address,
    prefixLength: Number(length),
    dynamic: false,
    local: false,
    tentative: version === 6,
    duplicate: false,
  };
  const clash = state.addresses.some((existing) =>
    version === 6 ? existing.address === address : keyOf(existing) === key,
  );
  if (clash) return state;
  const route: KernelRoute = {
    destination: networkOfAddress(added),
    table: MAIN,
    gateway: undefined,
    preferredSource: version === 4 ? address : undefined,
    metric: version === 4 ? 0 : 256,
    origin: 'kernel',
  };
  const known = state.routes.some(
    (existing) => existing.origin === 'kernel' && existing.destination === route.destination,
  );
  const connects = added.prefixLength < hostLength(address) && !known;
  return {
    ...state,
    addresses: [...state.addresses, added],
    routes: connects ? [...state.routes, route] : state.routes,
  };
}

function deleteAddress(state: InterfaceState, key: string): InterfaceState {
  const gone = state.addresses.find((address) => keyOf(address) === key);
  if (gone === undefined) return state;
  const network = networkOfAddress(gone);
  const subnet = state.addresses.filter((address) => networkOfAddress(address) === network);
  const takesAll = ipVersion(gone.address) === 4 && subnet[0] === gone;
  const removed = new Set(takesAll ? subnet : [gone]);
  const addresses = state.addresses.filter((address) => !removed.has(address));
  const sources = new Set([...removed].map(({ address }) => address));
  const isConnected = addresses.some((address) => networkOfAddress(address) === network);
  const noIpv4 = !addresses.some(({ address }) => ipVersion(address) === 4);
  const routes = state.routes
    .filter((route) => route.origin !== 'kernel' || route.destination !== network || isConnected)
    .filter(
      (route) => ipVersion(route.destination) === 6 || (!noIpv4 && !sources.has(route.preferredSource ?? '')),
    )
    .map((route) =>
      sources.has(route.preferredSource ?? '') ? { ...route, preferredSource: undefined } : route,
    );
  return { ...state, addresses, routes };
}

const sameSlot = (one: KernelRoute, other: KernelRoute): boolean =>
  one.destination === other.destination && one.table === other.table && one.metric === other.metric;

function addRoute(state: InterfaceState, route: KernelRoute, replace: boolean): InterfaceState {
  const source = state.addresses.find(({ address }) => address === route.preferredSource);
  const usable = route.preferredSource === undefined || (source !== undefined && !source.tentative);
  const clash = state.routes.some((existing) => sameSlot(existing, route));
  if (!usable || (clash && !replace)) return state;
  return { ...state, routes: [...state.routes.filter((existing) => !sameSlot(existing, route)), route] };
}

function deleteRoute(state: InterfaceState, route: KernelRoute): InterfaceState {
  const index = state.routes.findIndex(
    (existing) =>
      sameSlot(existing, route) && existing.gateway === route.gateway && existing.origin === 'static',
  );
  return { ...state, routes: state.routes.filter((_, position) => position !== index) };
}
