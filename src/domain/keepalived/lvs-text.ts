import { readAddress } from '../network/addresses.ts';

/** The endpoint of a virtual service, as clients reach it and as the kernel names it. */
export interface LvsEndpoint {
  /** shortest form (RFC 5952) */
  readonly address: string;
  readonly port: number;
}

/** A member that keepalived adds to the kernel's table. */
export interface LvsMember extends LvsEndpoint {
  readonly id: string;
}

export interface LvsPool {
  readonly id: string;
  /** whether keepalived checks the members and removes failing members from the kernel's table */
  readonly isMonitored: boolean;
  readonly members: readonly LvsMember[];
  /** ids of the members that an administrator disabled; only comments of the configuration name them */
  readonly disabledMembers: readonly string[];
}

/** The facts that the agent needs from the keepalived configuration of a UDP or SCTP listener. */
export interface LvsText {
  /** undefined when no comment names the load balancer */
  readonly loadBalancerId: string | undefined;
  /** undefined when no comment names the listener */
  readonly listenerId: string | undefined;
  readonly isDisabled: boolean;
  /** in capitals: `UDP`, `SCTP` */
  readonly protocol: string;
  readonly services: readonly LvsEndpoint[];
  /** addresses of the services without duplicates */
  readonly vips: readonly string[];
  /** undefined when the listener has no pool, or a disabled one */
  readonly pool: LvsPool | undefined;
  /** seconds from keepalived's start until each check has returned its first result */
  readonly firstRoundSeconds: number;
}

/** Reads an uploaded configuration. Never throws: unknown and missing parts are simply absent from the result. */
export function readLvsText(text: string): LvsText {
  const found: Found = {
    groups: new Map(),
    services: [],
    protocol: undefined,
    ids: new Map(),
    members: [],
    disabledMembers: [],
    hasChecks: false,
    delaySeconds: undefined,
    timeoutSeconds: 0,
  };
  const blocks: string[][] = [];
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line.startsWith('#') || line.startsWith('!')) readComment(found, line);
    else readLine(found, blocks, line);
  }
  return resultOf(found);
}

type ResourceKind = 'Loadbalancer' | 'Listener' | 'Pool' | 'HealthMonitor' | 'Member';

interface Found {
  readonly groups: Map<string, LvsEndpoint[]>;
  readonly services: LvsEndpoint[];
  protocol: string | undefined;
  readonly ids: Map<ResourceKind, { id: string; isDisabled: boolean }>;
  readonly members: LvsMember[];
  readonly disabledMembers: string[];
  hasChecks: boolean;
  delaySeconds: number | undefined;
  timeoutSeconds: number;
}

const KINDS: Readonly<Record<string, ResourceKind>> = {
  loadbalancer: 'Loadbalancer',
  listener: 'Listener',
  pool: 'Pool',
  healthmonitor: 'HealthMonitor',
  member: 'Member',
};
const COMMENT =
  /^[#!]\s*(?:Configuration for\s+)?(Loadbalancer|Listener|Pool|HealthMonitor|Member)\s+([0-9a-f-]{36})(\s+is disabled)?\s*$/i;

function readComment(found: Found, line: string): void {
  const [, name = '', id = '', disabled] = COMMENT.exec(line) ?? [];
  const kind = KINDS[name.toLowerCase()];
  if (kind === undefined) return;
  const isDisabled = disabled !== undefined;
  if (kind === 'Member' && isDisabled) found.disabledMembers.push(id);
  else found.ids.set(kind, { id, isDisabled });
}

const CHECK = /^(?:[A-Z]+_(?:CHECK|GET))$/;
/** The default of `delay_loop` (keepalived.conf(5)). */
const DEFAULT_DELAY_SECONDS = 60;

function readLine(found: Found, blocks: string[][], line: string): void {
  const isOpening = OPENING.test(line);
  const words = firstWordsOf(isOpening ? line.slice(0, -1) : line);
  const [first] = words;
  const block = blocks.at(-1) ?? [];
  if (first === '}') {
    blocks.pop();
  } else if (isOpening) {
    blocks.push(words);
    openBlock(found, words);
  } else if (first === undefined) {
    return;
  } else if (block[0] === 'virtual_server_group') {
    const endpoint = endpointOf(first, words[1]);
    if (endpoint !== undefined) groupOf(found, block[1]).push(endpoint);
  } else {
    readSetting(found, first, words[1] ?? '');
  }
}

function openBlock(found: Found, [keyword = '', first = '', second]: readonly string[]): void {
  if (keyword === 'virtual_server' && first !== 'group') {
    const endpoint = endpointOf(first, second);
    if (endpoint !== undefined) found.services.push(endpoint);
  } else if (keyword === 'real_server') {
    const endpoint = endpointOf(first, second);
    const comment = found.ids.get('Member');
    if (endpoint !== undefined && comment !== undefined) found.members.push({ id: comment.id, ...endpoint });
    found.ids.delete('Member');
  } else if (CHECK.test(keyword)) {
    found.hasChecks = true;
  }
}

function readSetting(found: Found, keyword: string, value: string): void {
  if (keyword === 'protocol') found.protocol ??= value.toUpperCase();
  const seconds = Number(value);
  if (!(seconds >= 0)) return;
  if (keyword === 'delay_loop') found.delaySeconds = Math.max(found.delaySeconds ?? 0, seconds);
  if (keyword === 'misc_timeout' || keyword === 'connect_timeout') {
    found.timeoutSeconds = Math.max(found.timeoutSeconds, seconds);
  }
}

function groupOf({ groups }: Found, name = ''): LvsEndpoint[] {
  const group = groups.get(name) ?? [];
  groups.set(name, group);
  return group;
}

function endpointOf(addressText: string, portText = ''): LvsEndpoint | undefined {
  const reading = readAddress(addressText);
  if ('problem' in reading || !/^\d{1,5}$/.test(portText)) return undefined;
  return { address: reading.value, port: Number(portText) };
}

function resultOf(found: Found): LvsText {
  const listener = found.ids.get('Listener');
  const services = [...found.groups.values()].flat().concat(found.services);
  return {
    loadBalancerId: found.ids.get('Loadbalancer')?.id,
    listenerId: listener?.id,
    isDisabled: listener?.isDisabled === true,
    protocol: found.protocol ?? 'UDP',
    services,
    vips: [...new Set(services.map(({ address }) => address))],
    pool: poolOf(found),
    firstRoundSeconds: (found.delaySeconds ?? DEFAULT_DELAY_SECONDS) + found.timeoutSeconds,
  };
}

function poolOf(found: Found): LvsPool | undefined {
  const pool = found.ids.get('Pool');
  if (pool === undefined || pool.isDisabled) return undefined;
  const monitor = found.ids.get('HealthMonitor');
  return {
    id: pool.id,
    isMonitored: found.hasChecks || (monitor !== undefined && !monitor.isDisabled),
    members: found.members,
    disabledMembers: [...new Set(found.disabledMembers)],
  };
}

const OPENING = /(?:^|\s)\{$/;
const MOST_WORDS = 3;

/** Returns the first words of a line. The agent needs no others, and a line may have a million. */
const firstWordsOf = (line: string): string[] => line.split(/\s+/, MOST_WORDS).filter((word) => word !== '');
