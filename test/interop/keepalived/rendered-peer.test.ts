import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { unsafeKeepalivedLines } from '../../../src/domain/keepalived/unsafe-keepalived.ts';
import { lvsJson, monitorJson, vip4, vip6, vrrpJson } from '../../support/keepalived/keepalived-models.ts';
import { lvsText, vrrpText } from '../../support/keepalived/rendered-keepalived.ts';
import { exampleId, memberJson } from '../../support/models/models.ts';

const SCRIPT = path.join(import.meta.dirname, 'octavia_keepalived.py');

function askOctavia(cases: readonly object[]): string[] {
  const input = JSON.stringify(cases);
  const answer = execFileSync('/usr/bin/python3', [SCRIPT], { input, stdio: ['pipe', 'pipe', 'inherit'] });
  return z.array(z.string()).parse(JSON.parse(answer.toString()));
}

/** Returns every directive with its blocks, as in `vrrp_script check_script/interval 5`, and every comment. */
function directives(text: string): Set<string> {
  const blocks: string[] = [];
  const found = new Set<string>();
  for (const line of text.split('\n').map((raw) => raw.trim().replace(/\s+/g, ' '))) {
    if (line === '}') blocks.pop();
    else if (line.endsWith('{')) blocks.push(line.slice(0, -2));
    else if (line.startsWith('#')) found.add(line);
    else if (line !== '') found.add([...blocks, line].join('/'));
  }
  return found;
}

const without = (lines: ReadonlySet<string>, others: ReadonlySet<string>): string[] =>
  [...lines].filter((line) => !others.has(line));

/** A difference: the directives on one side only, and why ours is better. */
interface Difference {
  readonly ours: readonly RegExp[];
  readonly theirs: readonly RegExp[];
  readonly why: string;
}
const DIFFERENCES = {
  'script user': {
    ours: [
      /^# Written by amphora-agent$/,
      /^global_defs\/script_user root$/,
      /^global_defs\/enable_script_security$/,
    ],
    theirs: [],
    why: 'keepalived warns of scripts without a user, and would run as root what anybody may write',
  },
  'initial state': {
    ours: [/\/state BACKUP$/],
    theirs: [/\/state MASTER$/],
    why: 'keepalived forgets nopreempt of one that begins as master: a new amphora would take the VIP back',
  },
  'host routes': {
    ours: [/\/10\.9\.0\.0\/16 via 10\.0\.1\.7 dev/],
    theirs: [/\/10\.9\.0\.0\/16 dev eth1 gateway 10\.0\.1\.7 /],
    why: 'keepalived 2.2 knows no `gateway`, and the route is lost',
  },
  'shared subnet': {
    ours: [],
    theirs: [/10\.0\.1\.0\/24 dev eth1 src 10\.0\.1\.101 /],
    why: 'the route is there already, for the first VIP of the subnet',
  },
  'IPv6 authentication': {
    ours: [],
    theirs: [/authentication\/auth_type/, /authentication\/auth_pass/],
    why: 'VRRP version 3 has none, and keepalived warns',
  },
  'no peer': {
    ours: [/unicast_peer\/10\.0\.1\.100$/],
    theirs: [],
    why: 'keepalived sends multicast where unicast_peer is empty; to the VIP, which is its own, nothing leaves the machine',
  },
  retries: {
    ours: [/\/[A-Z_]+\/retry 2$/, /\/[A-Z_]+\/delay_before_retry 30$/],
    theirs: [/group\/retry 3$/, /group\/delay_before_retry 30$/],
    why: 'keepalived counts what follows the first failure: three are two more. A whole service takes no 0, a check does',
  },
  'least connections': {
    ours: [/lb_algo wlc$/],
    theirs: [/lb_algo lc$/],
    why: 'lc knows no weights',
  },
  'source port': {
    ours: [/lb_algo sh$/, /sh-port$/],
    theirs: [/lb_algo wrr$/],
    why: 'SOURCE_IP_PORT is what is asked for',
  },
  'IPv6 granularity': {
    ours: [/ipv6-group\/persistence_granularity 128$/],
    theirs: [/ipv6-group\/persistence_granularity 255\.255\.0\.0$/],
    why: 'a netmask is no prefix length, and keepalived skips the members that follow',
  },
  'HTTP version': {
    ours: [/HTTP_GET\/http_protocol 1\.1$/],
    theirs: [],
    why: 'it is what is asked for',
  },
  'HTTP host': {
    ours: [/url\/virtualhost member\.example$/],
    theirs: [],
    why: 'it is what is asked for',
  },
  'expected codes': {
    ours: [/url\/status_code 200 202-203$/],
    theirs: [/url\/status_code 20[023]$/],
    why: 'keepalived wants every url to succeed: with one for each code none ever does',
  },
  'URL path': {
    ours: [/url\/path \/a&b%23$/],
    theirs: [/url\/path \/a&amp;b#$/],
    why: 'HTML entities are for browsers, and # begins a comment',
  },
  'HTTP method': {
    ours: [/http_check\.sh 10\.0\.0\.99 82 HEAD \/ 1\.0 200"$/, /MISC_CHECK\/misc_timeout 31$/],
    theirs: [],
    why: 'there is no check at all otherwise',
  },
  'nothing to serve': {
    ours: [],
    theirs: [/group\/lb_algo wrr$/, /group\/lb_kind NAT$/, /group\/protocol UDP$/],
    why: 'keepalived warns of a virtual server without members, and ignores it',
  },
  'disabled monitor': {
    ours: [/^# HealthMonitor \S+ is disabled$/],
    theirs: [],
    why: 'it says why there is no check',
  },
  'disabled load balancer': {
    ours: [/^# Loadbalancer \S+ is disabled$/],
    theirs: [/^# Configuration for Loadbalancer \S+$/],
    why: 'it says why there is nothing in it',
  },
} satisfies Record<string, Difference>;

type Fields = Readonly<Record<string, unknown>>;
const member = (index: number, address: string, fields: Fields = {}) =>
  memberJson({ member_id: exampleId(4, index), address, protocol_port: 82, ...fields });
const ONE = member(1, '10.0.0.99', { weight: 13 });
const MEMBERS = [
  ONE,
  member(2, '10.0.0.98', { weight: 0, monitor_address: '10.0.9.98', monitor_port: 8082 }),
  member(3, '10.0.0.97', { admin_state_up: false }),
];
const monitored = (type: string, fields: Fields = {}): Fields => ({
  members: [ONE],
  healthmonitor: monitorJson(type, fields),
});
const lvs = (...changes: Parameters<typeof lvsJson>) => ({ lvs: lvsJson(...changes) });
const vrrp = (fields: Fields) => ({ vrrp: vrrpJson({ priority: 90, ...fields }) });
const HOST_ROUTES = [{ destination: '10.9.0.0/16', nexthop: '10.0.1.7' }];
const SIX = { unicast_src_ip: '2001:db8:1::11', unicast_peers: ['2001:db8:1::12'] };

interface Case {
  readonly name: string;
  readonly model: { readonly vrrp: Fields } | { readonly lvs: Fields };
  readonly differences: readonly (keyof typeof DIFFERENCES)[];
}
const CASES: readonly Case[] = [
  { name: 'the second of a pair', model: vrrp({}), differences: [] },
  { name: 'the first of a pair', model: vrrp({ priority: 100 }), differences: ['initial state'] },
  { name: 'a dual-stack pair', model: vrrp({ vips: [vip4(), vip6({ gateway: null })] }), differences: [] },
  {
    name: 'host routes',
    model: vrrp({ vips: [vip4({ host_routes: HOST_ROUTES })] }),
    differences: ['host routes'],
  },
  {
    name: 'two VIPs of one subnet',
    model: vrrp({ vips: [vip4(), vip4({ ip_address: '10.0.1.101' })] }),
    differences: ['shared subnet'],
  },
  {
    name: 'an IPv6 pair',
    model: vrrp({ ...SIX, vips: [vip6(), vip4()] }),
    differences: ['IPv6 authentication'],
  },
  { name: 'no peer', model: vrrp({ unicast_peers: [] }), differences: ['no peer'] },
  { name: 'UDP', model: lvs({ members: MEMBERS }, { connection_limit: 98 }), differences: [] },
  {
    name: 'UDP-CONNECT',
    model: lvs({ ...monitored('UDP-CONNECT'), members: MEMBERS }),
    differences: ['retries'],
  },
  { name: 'TCP', model: lvs({ ...monitored('TCP'), members: MEMBERS }), differences: ['retries'] },
  {
    name: 'SCTP',
    model: lvs({ protocol: 'SCTP', ...monitored('SCTP'), lb_algorithm: 'SOURCE_IP' }, { protocol: 'SCTP' }),
    differences: ['retries'],
  },
  {
    name: 'HTTP',
    model: lvs(
      monitored('HTTP', {
        url_path: '/a&b#',
        expected_codes: '200,202-203',
        http_version: 1.1,
        domain_name: 'member.example',
      }),
    ),
    differences: ['retries', 'expected codes', 'URL path', 'HTTP version', 'HTTP host'],
  },
  {
    name: 'HTTP with another method than GET',
    model: lvs(monitored('HTTP', { http_method: 'HEAD' })),
    differences: ['retries', 'HTTP method'],
  },
  {
    name: 'a disabled monitor',
    model: lvs(monitored('TCP', { admin_state_up: false })),
    differences: ['disabled monitor'],
  },
  {
    name: 'least connections',
    model: lvs({ members: [ONE], lb_algorithm: 'LEAST_CONNECTIONS' }),
    differences: ['least connections'],
  },
  {
    name: 'source IP and port',
    model: lvs({ members: [ONE], lb_algorithm: 'SOURCE_IP_PORT' }),
    differences: ['source port'],
  },
  {
    name: 'dual-stack persistence',
    model: lvs(
      {
        members: [ONE, member(6, '2001:db8::99')],
        session_persistence: {
          type: 'SOURCE_IP',
          persistence_timeout: 33,
          persistence_granularity: '255.255.0.0',
        },
      },
      {},
      { additional_vips: [{ ip_address: '2001:db8::10' }, { ip_address: '10.0.0.11' }] },
    ),
    differences: ['IPv6 granularity'],
  },
  {
    name: 'a disabled pool',
    model: lvs({ members: [ONE], admin_state_up: false }),
    differences: ['nothing to serve'],
  },
  { name: 'no member', model: lvs({ members: [] }), differences: ['nothing to serve'] },
  { name: 'no pool', model: lvs({}, { default_pool: null }), differences: [] },
  { name: 'a disabled listener', model: lvs({}, { admin_state_up: false }), differences: [] },
  {
    name: 'a disabled load balancer',
    model: lvs({}, {}, { admin_state_up: false }),
    differences: ['disabled load balancer'],
  },
];

const theirs = new Map<string, string>();

beforeAll(() => {
  const texts = askOctavia(CASES.map(({ model }) => model));
  for (const [index, { name }] of CASES.entries()) theirs.set(name, texts[index] ?? '');
});

describe('the keepalived configuration that Octavia renders of a model', () => {
  it.each(CASES)('equals ours for $name, except for $differences', ({ name, model, differences }) => {
    const own = directives('vrrp' in model ? vrrpText(model.vrrp) : lvsText(model.lvs));
    const other = directives(theirs.get(name) ?? '');
    const named: Difference[] = (['script user', ...differences] as const).map((one) => DIFFERENCES[one]);
    expectAll(
      without(own, other),
      named.flatMap(({ ours }) => ours),
    );
    expectAll(
      without(other, own),
      named.flatMap((one) => one.theirs),
    );
  });
});

it('no keepalived configuration of Octavia is refused as unsafe', () => {
  expect(theirs.size).toBe(CASES.length);
  for (const [name, text] of theirs) {
    expect(unsafeKeepalivedLines(text, ['/var/lib/octavia']), name).toEqual([]);
  }
});

/** Checks that every line matches a pattern, and every pattern a line. */
function expectAll(lines: readonly string[], patterns: readonly RegExp[]): void {
  expect(lines.filter((line) => !patterns.some((pattern) => pattern.test(line)))).toEqual([]);
  expect(patterns.filter((pattern) => !lines.some((line) => pattern.test(line)))).toEqual([]);
}
