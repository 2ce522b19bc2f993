import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LongRunning, startLongRunning } from '../../../sandbox/programs/long-running.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { vip4, vip6, vrrpJson } from '../../support/keepalived/keepalived-models.ts';
import { vrrpText } from '../../support/keepalived/rendered-keepalived.ts';

const [ONE, OTHER] = ['vrrp-one', 'vrrp-other'];
const VRRP = 'proto 112 or ip6 proto 112';
const ROUTES4 = [{ destination: '10.9.0.0/16', nexthop: '10.0.1.7' }];
const ROUTES6 = [{ destination: '2001:db8:9::/48', nexthop: '2001:db8:1::7' }];
/** VIPs of which the first and the last share a subnet. */
const VIPS = [
  vip4({ host_routes: ROUTES4 }),
  vip6({ host_routes: ROUTES6 }),
  vip4({ ip_address: '10.0.1.101', host_routes: ROUTES4 }),
];

let directory: string;
const running: LongRunning[] = [];

const ip = (...args: string[]): string => execFileSync('ip', args).toString();

/** Two machines on one wire, each with an IPv4 and an IPv6 address on its eth1. */
beforeAll(async () => {
  // not in /tmp: keepalived refuses a script that other users may replace
  directory = await mkdtemp('/var/lib/rendered-vrrp-');
  await chmod(directory, 0o755);
  for (const namespace of [ONE, OTHER]) ip('netns', 'add', namespace);
  ip('link', 'add', 'eth1', 'netns', ONE, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', OTHER);
  for (const [index, namespace] of [ONE, OTHER].entries()) {
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'link', 'set', 'eth1', 'up');
    ip('-n', namespace, 'address', 'add', `10.0.1.1${index + 1}/24`, 'dev', 'eth1');
    ip('-n', namespace, 'address', 'add', `2001:db8:1::1${index + 1}/64`, 'dev', 'eth1', 'nodad');
  }
});

afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
});

afterAll(async () => {
  for (const namespace of [ONE, OTHER]) ip('netns', 'delete', namespace);
  await rm(directory, { recursive: true });
});

const inside = async (namespace: string, ...argv: string[]): Promise<LongRunning> => {
  const program = await startLongRunning(['ip', 'netns', 'exec', namespace, ...argv]);
  running.push(program);
  return program;
};

/** Runs keepalived with the rendered configuration of a model. Its check script exits with the code in a status file. */
async function keepalived(namespace: string, json: object, scriptMode = 0o755): Promise<LongRunning> {
  const file = (name: string): string => path.join(directory, `${namespace}-${name}`);
  await writeFile(file('status'), '0');
  await writeFile(file('check.sh'), `#!/bin/bash\nread -r status <${file('status')}\nexit "\${status:-1}"\n`);
  await chmod(file('check.sh'), scriptMode);
  await writeFile(file('keepalived.conf'), vrrpText({ check_interval: 1, ...json }, file('check.sh')));
  const pids = ['-p', file('pid'), '-r', file('vrrp.pid')];
  return inside(namespace, 'keepalived', '-n', '-l', '-D', '-P', '-f', file('keepalived.conf'), ...pids);
}
const fail = (namespace: string): Promise<void> =>
  writeFile(path.join(directory, `${namespace}-status`), '1');

const has = (namespace: string, address: string): boolean =>
  ip('-n', namespace, '-oneline', 'address', 'show', 'dev', 'eth1').includes(` ${address}/`);
const linesOf = (namespace: string, family: '-4' | '-6', ...words: string[]): string[] =>
  ip('-n', namespace, family, ...words)
    .split('\n')
    .map((line) => line.trim().replace(/ (?:metric|pref) \S+/g, ''));
const routes = (namespace: string, family: '-4' | '-6'): string[] =>
  linesOf(namespace, family, 'route', 'show', 'table', '1').filter((line) => line !== '');

const SECOND = { priority: 90, unicast_src_ip: '10.0.1.12', unicast_peers: ['10.0.1.11'] };

/** At its start keepalived 2.3 removes what an earlier one may have left, and reports what was not there. */
const NETLINK_ERROR = /Netlink: error(?!: No such process\(3\), type=RTM_DEL)/;

describe('a pair of amphorae with an IPv4 and an IPv6 VIP', () => {
  it('has the VIPs, their routes and rules on the first amphora, which advertises to the other by unicast', async () => {
    const wire = await inside(OTHER, 'tcpdump', '-l', '-n', '-i', 'eth1', VRRP);
    await wire.printed(/listening/);
    const master = await keepalived(ONE, vrrpJson({ vips: VIPS }));
    // neither takes the VIPs away from the other: on a busy machine the second could be the first to wait its time out
    await master.printed(/Entering MASTER STATE/);
    await keepalived(OTHER, vrrpJson({ ...SECOND, vips: VIPS }));
    await until(() => has(ONE, '2001:db8:1::100') && has(ONE, '10.0.1.101'));
    expect([has(ONE, '10.0.1.100'), has(OTHER, '10.0.1.100'), has(OTHER, '2001:db8:1::100')]).toEqual([
      true,
      false,
      false,
    ]);
    await until(() => linesOf(ONE, '-6', 'rule').some((line) => line.includes('lookup 1')));
    expect(routes(ONE, '-4').sort()).toEqual([
      '10.0.1.0/24 dev eth1 proto keepalived scope link src 10.0.1.100',
      '10.9.0.0/16 via 10.0.1.7 dev eth1 proto keepalived onlink',
      'default via 10.0.1.1 dev eth1 proto keepalived onlink',
    ]);
    expect(routes(ONE, '-6').sort()).toEqual([
      '2001:db8:1::/64 dev eth1 proto keepalived src 2001:db8:1::100',
      '2001:db8:9::/48 via 2001:db8:1::7 dev eth1 proto keepalived onlink',
      'default via 2001:db8:1::1 dev eth1 proto keepalived onlink',
    ]);
    expect(linesOf(ONE, '-4', 'rule')).toContain('100:\tfrom 10.0.1.100 lookup 1 proto keepalived');
    expect(linesOf(ONE, '-6', 'rule')).toContain('100:\tfrom 2001:db8:1::100 lookup 1 proto keepalived');
    await wire.printed(/10\.0\.1\.11 > 10\.0\.1\.12: VRRPv2, Advertisement, vrid 1, prio 100/);
    expect(wire.output()).not.toContain('> 224.0.0.18');
    expect(master.output()).not.toMatch(NETLINK_ERROR);
  });
});

describe('an amphora without a peer', () => {
  it.each([
    ['IPv4', { unicast_peers: [], vips: [vip4(), vip6()] }, '10.0.1.100'],
    [
      'IPv6',
      { unicast_src_ip: '2001:db8:1::11', unicast_peers: [], vips: [vip6(), vip4()] },
      '2001:db8:1::100',
    ],
  ])('has its VIPs, the %s one first, and sends no advertisement', async (_version, fields, address) => {
    const wire = await inside(OTHER, 'tcpdump', '-l', '-n', '-i', 'eth1', `${VRRP} or arp or icmp6`);
    await wire.printed(/listening/);
    const own = await keepalived(ONE, vrrpJson(fields));
    const loop = await inside(ONE, 'tcpdump', '-l', '-n', '-i', 'lo', VRRP);
    await own.printed(/Entering MASTER STATE/);
    await until(() => has(ONE, '10.0.1.100') && has(ONE, '2001:db8:1::100'));
    await loop.printed(/VRRPv[23], Advertisement[\s\S]*VRRPv[23], Advertisement/);
    expect(wire.output()).toContain(address);
    expect(wire.output()).not.toContain('VRRP');
    expect(own.output()).not.toMatch(/multicast|authentication/i);
    expect(own.output()).not.toMatch(NETLINK_ERROR);
  });
});

describe('the check script of a pair of amphorae', () => {
  /** keepalived trusts nothing below a directory of somebody else's, as / is in a user namespace. */
  const isTrusting = async (): Promise<boolean> =>
    (await stat('/')).uid === 0 && (await stat('/var')).uid === 0;

  it('removes the VIP when it fails, unless keepalived does not trust the script', async () => {
    const master = await keepalived(ONE, vrrpJson({ vips: [vip4()] }));
    await master.printed(/Entering MASTER STATE/);
    await until(() => has(ONE, '10.0.1.100'));
    await fail(ONE);
    if (await isTrusting()) await until(() => !has(ONE, '10.0.1.100'));
    else expect(master.output()).toContain('due to insecure');
  });

  it('is not run as root if other users may change it', async () => {
    const master = await keepalived(ONE, vrrpJson(), 0o777);
    await master.printed(/Disabling track script check_script due to insecure/);
    expect(master.output()).not.toContain('VRRP_Script(check_script)');
  });
});
