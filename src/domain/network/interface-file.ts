import { reasonOf } from '../../errors.ts';
import { isRecord, type JsonRecord, recordsIn, textIn, wholeNumberIn } from '../text/json-shapes.ts';
import { explode, type Reading, readAddress, readNetworkLoosely } from './addresses.ts';

export const MAIN_TABLE = 254;

export type InterfaceType = 'lo' | 'vip' | 'backend';

export interface StaticAddress {
  readonly kind: 'static';
  readonly address: string;
  readonly prefixLength: number;
  /** only for VIPs. false: keepalived adds and removes the address, and the agent never does */
  readonly octaviaOwned: boolean | undefined;
}

/** A request for automatic addresses: by DHCP, by IPv6 router advertisements, or by both. */
export interface AutomaticAddress {
  readonly kind: 'automatic';
  readonly dhcp: boolean;
  readonly ipv6auto: boolean;
}

export type InterfaceAddress = StaticAddress | AutomaticAddress;

export interface InterfaceRoute {
  /** ADDRESS/LENGTH */
  readonly destination: string;
  readonly table: number;
  readonly gateway: string | undefined;
  readonly onlink: boolean;
  readonly preferredSource: string | undefined;
  readonly scope: 'link' | undefined;
}

export interface InterfaceRule {
  readonly source: string;
  readonly sourceLength: number;
  readonly table: number;
}

/** The wanted state of an interface (docs/contract.md, section 8). Addresses are in their shortest form. */
export interface InterfaceFile {
  readonly name: string;
  readonly type: InterfaceType;
  readonly mtu: number | undefined;
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly InterfaceRoute[];
  readonly rules: readonly InterfaceRule[];
  /** command lines that run inside the namespace after the interface comes up and before it goes down */
  readonly scripts: { readonly up: readonly string[]; readonly down: readonly string[] };
  readonly isSriov: boolean;
}

/** Returns the static addresses that the agent itself adds and removes. */
export const ownAddresses = (file: InterfaceFile): StaticAddress[] =>
  file.addresses.filter((entry) => entry.kind === 'static').filter((entry) => entry.octaviaOwned !== false);

/** Matches the masquerading programs of Octavia's agents (from images or Debian). This agent's egress rules replace them. */
const MASQUERADING = /^\s*(\S*\/)?(octavia-agent-lvs-masquerade|lvs-masquerade\.sh)\s/;

/** Returns command lines without those for masquerading: their program may be missing, and each run duplicates its rules. */
export const withoutMasquerading = (commands: readonly string[]): string[] =>
  commands.filter((command) => !MASQUERADING.test(command));

/** Returns the text of NAME.json in the spelling of Octavia's agent: IPv6 addresses and networks in full. */
export function serializeInterfaceFile(file: InterfaceFile): string {
  const commands = (lines: readonly string[]): object[] => lines.map((command) => ({ command }));
  const content = {
    name: file.name,
    if_type: file.type,
    mtu: file.mtu,
    addresses: file.addresses.map(addressEntry),
    routes: file.routes.map(routeEntry),
    rules: file.rules.map(({ source, sourceLength, table }) => ({
      src: explode(source),
      src_len: sourceLength,
      table,
    })),
    scripts: { up: commands(file.scripts.up), down: commands(file.scripts.down) },
    is_sriov: file.isSriov,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function addressEntry(entry: InterfaceAddress): object {
  if (entry.kind === 'static') {
    return {
      address: explode(entry.address),
      prefixlen: entry.prefixLength,
      octavia_owned: entry.octaviaOwned,
    };
  }
  return { dhcp: entry.dhcp || undefined, ipv6auto: entry.ipv6auto || undefined };
}

function routeEntry(route: InterfaceRoute): object {
  return {
    dst: route.gateway === undefined ? explode(route.destination) : route.destination,
    gateway: route.gateway,
    flags: route.onlink ? ['onlink'] : undefined,
    prefsrc: route.preferredSource === undefined ? undefined : explode(route.preferredSource),
    scope: route.scope,
    table: route.table === MAIN_TABLE ? undefined : route.table,
  };
}

/**
 * Reads NAME.json of this agent or of another one, even an older one without `if_type` and `is_sriov`.
 * Unknown keys are ignored. An unreadable entry is a problem, because leaving it out would change the network.
 */
export function parseInterfaceFile(text: string): Reading<InterfaceFile> {
  try {
    return { value: readInterface(JSON.parse(text)) };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

function readInterface(content: unknown): InterfaceFile {
  if (!isRecord(content)) throw new SyntaxError('not a JSON object');
  const name = textIn(content, 'name');
  const scripts = isRecord(content['scripts']) ? content['scripts'] : {};
  const commands = (key: string): string[] =>
    recordsIn(scripts, key).map((entry) => textIn(entry, 'command'));
  const addresses = recordsIn(content, 'addresses').map(readAddressEntry);
  return {
    name,
    type: readType(content['if_type'], name, addresses),
    mtu: content['mtu'] == null ? undefined : wholeNumberIn(content, 'mtu') || undefined,
    addresses,
    routes: recordsIn(content, 'routes').map(readRoute),
    rules: recordsIn(content, 'rules').map(readRule),
    scripts: { up: commands('up'), down: commands('down') },
    isSriov: content['is_sriov'] === true,
  };
}

function readType(stated: unknown, name: string, addresses: readonly InterfaceAddress[]): InterfaceType {
  if (stated === 'lo' || stated === 'vip' || stated === 'backend') return stated;
  if (name === 'lo') return 'lo';
  const isVip = addresses.some((entry) => entry.kind === 'static' && entry.octaviaOwned !== undefined);
  return isVip ? 'vip' : 'backend';
}

function readAddressEntry(entry: JsonRecord): InterfaceAddress {
  if (entry['address'] === undefined) {
    return { kind: 'automatic', dhcp: entry['dhcp'] === true, ipv6auto: entry['ipv6auto'] === true };
  }
  const owned = entry['octavia_owned'];
  return {
    kind: 'static',
    address: understood(readAddress(textIn(entry, 'address'))),
    prefixLength: wholeNumberIn(entry, 'prefixlen'),
    octaviaOwned: typeof owned === 'boolean' ? owned : undefined,
  };
}

function readRoute(entry: JsonRecord): InterfaceRoute {
  const flags = Array.isArray(entry['flags']) ? entry['flags'] : [];
  return {
    destination: understood(readNetworkLoosely(textIn(entry, 'dst'))),
    table: entry['table'] == null ? MAIN_TABLE : wholeNumberIn(entry, 'table'),
    gateway: optionalAddressIn(entry, 'gateway'),
    onlink: flags.includes('onlink'),
    preferredSource: optionalAddressIn(entry, 'prefsrc'),
    scope: entry['scope'] === 'link' ? 'link' : undefined,
  };
}

function readRule(entry: JsonRecord): InterfaceRule {
  return {
    source: understood(readAddress(textIn(entry, 'src'))),
    sourceLength: wholeNumberIn(entry, 'src_len'),
    table: wholeNumberIn(entry, 'table'),
  };
}

const optionalAddressIn = (entry: JsonRecord, key: string): string | undefined =>
  entry[key] == null ? undefined : understood(readAddress(textIn(entry, key)));

function understood<Value>(reading: Reading<Value>): Value {
  if ('problem' in reading) throw new SyntaxError(reading.problem);
  return reading.value;
}
