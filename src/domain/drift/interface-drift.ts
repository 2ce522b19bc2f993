import { ipVersion } from '../network/addresses.ts';
import type { BatchLine } from '../network/batch-line.ts';
import { interfaceChanges } from '../network/interface-diff.ts';
import type { InterfaceFile } from '../network/interface-file.ts';
import { VIP_TABLE } from '../network/interface-plan.ts';
import type { InterfaceState, KernelRoute } from '../network/interface-state.ts';
import { strangeRoutes } from '../network/route-changes.ts';

/** A difference of one interface. */
export interface InterfaceDrift {
  readonly kind: 'interface' | 'addresses';
  /** true for a host route, which the kernel may refuse */
  readonly isHostRoute: boolean;
  readonly wanted: string;
  readonly seen: string;
  /** true when the repair of the interface ends it; strangers, and an address that another host has, are only reported */
  readonly isRepairable: boolean;
  readonly weight: 'fault' | 'note';
}

/** What the kernel has on other interfaces, and what keepalived adds. */
export interface Surroundings {
  /** routes of the namespace's other interfaces */
  readonly otherRoutes: readonly KernelRoute[];
  /** addresses of the namespace */
  readonly ownAddresses: ReadonlySet<string>;
  /** addresses that keepalived adds and removes, in their shortest form */
  readonly virtualAddresses: ReadonlySet<string>;
}

const NOTHING = 'nothing';

/**
 * Compares an interface with its file. The additions are those that a plug would make. What the file doesn't name is reported
 * and never removed, except for what belongs to the kernel, to keepalived, to DHCP and to router advertisements.
 */
export function interfaceDrift(
  file: InterfaceFile,
  state: InterfaceState,
  surroundings: Surroundings,
): InterfaceDrift[] {
  const link = linkDrift(file, state);
  // without the link the kernel has no routes either
  if (!state.up) return link;
  const { additions, removals } = interfaceChanges(file, state);
  return [
    ...link,
    ...additions.flatMap((line) => missingOf(line, state, surroundings)),
    ...removals.flatMap((line) => strangerOf(line, surroundings)),
    ...routeStrangers(file, state, surroundings),
  ];
}

function linkDrift({ mtu }: InterfaceFile, state: InterfaceState): InterfaceDrift[] {
  const fault = { kind: 'interface', isHostRoute: false, isRepairable: true, weight: 'fault' } as const;
  return [
    ...(state.up ? [] : [{ ...fault, wanted: 'up', seen: 'down' }]),
    ...(mtu === undefined || mtu === state.mtu
      ? []
      : [{ ...fault, wanted: `MTU ${mtu}`, seen: `MTU ${state.mtu}` }]),
  ];
}

/** A line of interfaceChanges(): what it adds or removes. */
const CHANGE = /^(address|route|rule) (add|replace|del) (.*)$/;

interface Change {
  readonly verb: string;
  readonly what: string;
}

/** @returns undefined for a line about the link itself */
function changeOf({ text }: BatchLine, name?: string): Change | undefined {
  const [, object, verb, rest] = CHANGE.exec(text) ?? [];
  if (object === undefined || verb === undefined || rest === undefined) return undefined;
  const place = name === undefined ? rest : rest.replace(` dev ${name}`, '');
  return { verb, what: `${object} ${place.replace(' protocol static', '')}` };
}

function missingOf(line: BatchLine, state: InterfaceState, surroundings: Surroundings): InterfaceDrift[] {
  const change = changeOf(line, state.name);
  if (change === undefined || change.verb === 'del' || isRefused(line, surroundings)) return [];
  const isDuplicate = state.addresses.some(
    ({ address, prefixLength, duplicate }) =>
      duplicate && change.what === `address ${address}/${prefixLength}`,
  );
  return [
    {
      kind: 'addresses',
      isHostRoute: line.optional,
      wanted: change.what,
      seen: isDuplicate ? 'unusable: another host has it' : NOTHING,
      isRepairable: !isDuplicate,
      weight: line.optional ? 'note' : 'fault',
    },
  ];
}

/**
 * Returns whether the kernel must refuse a host route: another interface has a route to the same destination, or the gateway is
 * the amphora itself.
 */
function isRefused(
  { optional, text, version }: BatchLine,
  { otherRoutes, ownAddresses }: Surroundings,
): boolean {
  if (!optional) return false;
  const [, destination, gateway = '', table] =
    /^route add (\S+) (?:via inet6? (\S+) )?.*\btable (\d+)/.exec(text) ?? [];
  if (ownAddresses.has(gateway)) return true;
  return otherRoutes.some(
    (route) =>
      route.destination === destination &&
      `${route.table}` === table &&
      ipVersion(route.destination) === version,
  );
}

function strangerOf(line: BatchLine, { virtualAddresses }: Surroundings): InterfaceDrift[] {
  const change = changeOf(line);
  // strangeRoutes() finds more routes than a plug would remove
  if (change === undefined || change.what.startsWith('route ')) return [];
  const [, address = ''] = /(?:^address|from) ([^/\s]+)/.exec(change.what) ?? [];
  return virtualAddresses.has(address) ? [] : [stranger(change.what.replace(/ dev \S+$/, ''))];
}

function routeStrangers(
  file: InterfaceFile,
  state: InterfaceState,
  { virtualAddresses }: Surroundings,
): InterfaceDrift[] {
  const isAutomatic = file.addresses.some(({ kind }) => kind === 'automatic');
  return strangeRoutes(file, state)
    .filter(({ origin }) => origin === 'static' || !isAutomatic)
    .filter(
      ({ table, preferredSource }) => virtualAddresses.size === 0 || table !== VIP_TABLE || !preferredSource,
    )
    .map(({ destination, gateway, table }) =>
      stranger(`route ${destination}${gateway === undefined ? '' : ` via ${gateway}`} table ${table}`),
    );
}

const stranger = (seen: string): InterfaceDrift => ({
  kind: 'addresses',
  isHostRoute: false,
  wanted: NOTHING,
  seen,
  isRepairable: false,
  weight: 'note',
});
