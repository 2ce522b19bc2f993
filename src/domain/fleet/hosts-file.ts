import { AgentError } from '../../errors.ts';
import { isUuid } from '../ids.ts';
import type { FleetHost, FleetHosts, SkippedHost } from './fleet-host.ts';

/** A file of hosts can't be used. Nothing was sent. */
export class InvalidHosts extends AgentError {}

/** An amphora in the list that `openstack loadbalancer amphora list -f json` prints. Other keys don't matter. */
export interface ListedAmphora {
  readonly id: string;
  readonly loadbalancer_id?: string | null | undefined;
  readonly status?: string | null | undefined;
  readonly lb_network_ip?: string | null | undefined;
}

/** Whether a file of hosts is JSON, and not lines. */
export const isJsonList = (text: string): boolean => /^\s*[[{]/.test(text);

const MOST_NAME = 253;
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.:_%-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]*::[0-9A-Fa-f:]*$/;

/**
 * Reads a file with a line `ADDRESS AMPHORA_ID` for each amphora. `#` begins a comment. An IPv6 address may stand in brackets.
 * @throws InvalidHosts with the number of the first wrong line
 */
export function readHostLines(text: string): FleetHosts {
  const hosts = text.split(/\r?\n/).flatMap((line, index): FleetHost[] => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') return [];
    return [readHost(words, `line ${index + 1}`)];
  });
  return { hosts: distinct(hosts), skipped: [] };
}

function readHost(words: readonly string[], place: string): FleetHost {
  const [address = '', amphora = ''] = words;
  if (words.length !== 2) throw new InvalidHosts(`${place}: must be an address and the id of an amphora`);
  if (!isUuid(amphora)) throw new InvalidHosts(`${place}: the id of the amphora must be a UUID`);
  return {
    amphora: amphora.toLowerCase(),
    address: checkedAddress(address, place),
    loadBalancer: undefined,
  };
}

function checkedAddress(text: string, place: string): string {
  const address = text.replace(/^\[(.*)\]$/, '$1');
  if (address.length > MOST_NAME || !HOST_NAME.test(address))
    throw new InvalidHosts(`${place}: ${JSON.stringify(text)} is neither an address nor a name`);
  return address;
}

/** States in which Octavia has no agent that could answer, or will soon delete it. */
const ABSENT = ['BOOTING', 'DELETED', 'PENDING_CREATE', 'PENDING_DELETE'];

/**
 * Takes the amphorae that Octavia lists, except those that are not there yet or any more, and those without an address.
 * @throws InvalidHosts for an entry that can't be right
 */
export function hostsOfAmphorae(listed: readonly ListedAmphora[]): FleetHosts {
  const skipped: SkippedHost[] = [];
  const hosts = listed.flatMap((one, index): FleetHost[] => {
    const place = `entry ${index + 1}`;
    if (!isUuid(one.id)) throw new InvalidHosts(`${place}: id must be a UUID`);
    const amphora = one.id.toLowerCase();
    const [status, address] = [one.status ?? '', given(one.lb_network_ip)];
    if (ABSENT.includes(status)) {
      skipped.push({ amphora, reason: `its status is ${status}` });
      return [];
    }
    if (address === undefined) {
      skipped.push({ amphora, reason: 'it has no lb_network_ip' });
      return [];
    }
    const loadBalancer = given(one.loadbalancer_id)?.toLowerCase();
    return [{ amphora, address: checkedAddress(address, place), loadBalancer }];
  });
  return { hosts: distinct(hosts), skipped };
}

/** Some versions of the client print a missing value as a text. */
const given = (value: string | null | undefined): string | undefined =>
  value === null || value === undefined || value === '' || value === 'None' ? undefined : value;

/** @throws InvalidHosts when an amphora or an address occurs twice, or nothing is left */
function distinct(hosts: readonly FleetHost[]): readonly FleetHost[] {
  if (hosts.length === 0) throw new InvalidHosts('it names no amphora that could answer');
  const seen = new Set<string>();
  for (const { amphora, address } of hosts) {
    for (const name of [amphora, address]) {
      if (seen.has(name)) throw new InvalidHosts(`${name} occurs twice`);
      seen.add(name);
    }
  }
  return hosts;
}
