import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MOST_REPAIRS } from '../../../src/domain/drift/drift-memory.ts';
import { PLUGGED_INTERFACES } from '../../../src/domain/paths.ts';
import { createNetworkWatch } from '../../../src/host/network/network-watch.ts';
import { NETWORKS, type OperationContext } from '../../../src/operations/context.ts';
import { lookForDrift } from '../../../src/operations/drift/drift-look.ts';
import { createDriftState } from '../../../src/operations/drift/drift-state.ts';
import { NETWORK_DRIFT } from '../../../src/operations/drift/network/network-drift.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { setVipRules } from '../../../src/operations/network/vip-firewall.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { createNetworkLab, type NetworkLab } from '../../support/network/network-lab.ts';
import { renderTemplate } from '../../support/templates.ts';

const SECOND_MS = 10_000;
/** `IDLE_LOOKS=1440 npm test -- integration network/drift.test -t idle`: a day, with a look each simulated minute */
const { IDLE_LOOKS = '15' } = process.env;
const MINUTE_MS = 60_000;
/** real time of a look on a busy machine */
const LONGEST_LOOK_MS = 2_000;
const VIP_BODY = {
  ...{ subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3', mtu: 1400 },
  host_routes: [{ destination: '192.168.9.0/24', nexthop: '10.90.0.254' }],
  additional_vips: [{ ip_address: 'fd00::10', subnet_cidr: 'fd00::/64', gateway: 'fd00::1' }],
};

let lab: NetworkLab;
let context: OperationContext;
let now = 0;

const networkWatch = createNetworkWatch(renderPrograms(renderTemplate).networkWatch);

const inside = (line: string): Promise<string> => lab.inside(...(line.split(' ') as [string, ...string[]]));

/** Looks twice, as far apart as two looks of the agent. @returns what is confirmed, and what was repaired */
async function lookTwice(mode: 'report' | 'repair') {
  const before = repaired();
  for (let look = 0; look < 2; look += 1) {
    now += SECOND_MS;
    await lookForDrift(context, [NETWORK_DRIFT], mode, SECOND_MS);
  }
  expect(context.drift.unseen()).toEqual([]);
  return { items: context.drift.items(), repaired: repaired() - before };
}

const repaired = (): number =>
  (context.drift.families().find(({ name }) => name === 'amphora_agent_drift_repairs')?.samples ?? [])
    .filter(({ labels }) => labels?.['result'] === 'repaired')
    .reduce((sum, { value }) => sum + value, 0);

const freshContext = (): OperationContext =>
  ({
    ...lab.context,
    host: { ...lab.context.host, networkWatch },
    drift: createDriftState(() => now),
  }) as OperationContext;

beforeAll(async () => {
  lab = createNetworkLab();
  await plugLoopback(lab.context);
  const vip = await lab.addNic();
  await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...VIP_BODY, mac_address: vip.macAddress }));
  const member = await lab.addNic();
  const fixedIps = [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }];
  const body = { mac_address: member.macAddress, fixed_ips: fixedIps };
  await plugNetwork(lab.context, parsePlugNetwork(body), { refusePlugged: false });
  context = freshContext();
  for (const line of ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
    await lab.inside('sysctl', '-q', '-w', line);
  await lab.inside('sysctl', '-q', '-w', 'net.ipv4.ping_group_range=0 2147483647');
  networkWatch.renew();
});

beforeEach(() => {
  context = freshContext();
});

afterAll(async () => {
  networkWatch.end();
  await lab.close();
});

describe('drift of the network', () => {
  it('is none after plugs, and a look starts no program', async () => {
    expect(await lookTwice('report')).toEqual({ items: [], repaired: 0 });
    lab.programsRun();
    await lookForDrift(context, [NETWORK_DRIFT], 'report', SECOND_MS);
    expect(lab.programsRun()).toBe(0);
  });

  it(`is none in ${IDLE_LOOKS} simulated minutes of an idle amphora`, {
    timeout: Number(IDLE_LOOKS) * LONGEST_LOOK_MS,
  }, async () => {
    let found = 0;
    for (let look = 0; look < Number(IDLE_LOOKS); look += 1) {
      now += MINUTE_MS;
      await lookForDrift(context, [NETWORK_DRIFT], 'report', SECOND_MS);
      found += context.drift.memory().tracked.size;
    }
    expect(found).toBe(0);
  });

  it.each([
    ['an address', 'ip address del 10.90.0.3/24 dev eth1', 'address 10.90.0.3/24'],
    ['a VIP', 'ip address del 10.90.0.10/32 dev eth1', 'address 10.90.0.10/32'],
    ['an IPv6 VIP', 'ip address del fd00::10/128 dev eth1', 'address fd00::10/128'],
    ['a default route', 'ip route del default table 1', 'route 0.0.0.0/0 via inet 10.90.0.1 table 1 onlink'],
    [
      'a host route',
      'ip route del 192.168.9.0/24',
      'route 192.168.9.0/24 via inet 10.90.0.254 table 254 onlink',
    ],
    [
      'the route of a network',
      'ip route del 10.95.0.0/24 dev eth2',
      'route 10.95.0.0/24 table 254 scope link src 10.95.0.5 protocol kernel',
    ],
    ['a rule', 'ip rule del from 10.90.0.10', 'rule priority 32000 from 10.90.0.10/32 table 1'],
    ['an address of a member network', 'ip address del 10.95.0.5/24 dev eth2', 'address 10.95.0.5/24'],
    ['an MTU', 'ip link set eth1 mtu 1300', 'MTU 1400'],
    ['an interface that is up', 'ip link set eth2 down', 'up'],
    ['the loopback', 'ip link set lo down', 'up'],
    ['masquerading', 'nft delete table ip amphora_eth1', 'table ip amphora_eth1, as a plug loads it'],
    [
      'a rule of masquerading',
      'nft flush chain ip6 amphora_eth2 postrouting',
      'table ip6 amphora_eth2, as a plug loads it',
    ],
    ['a setting of the kernel', 'sysctl -q -w net.ipv4.ip_forward=0', '1'],
  ])('sees that %s is missing, and repairs it', async (_name, damage, wanted) => {
    await inside(damage);
    const seen = await lookTwice('report');
    expect(seen.items.map((item) => item.wanted)).toContain(wanted);
    expect(seen.repaired).toBe(0);
    expect((await lookTwice('repair')).repaired).toBeGreaterThan(0);
    expect(await lookTwice('report')).toEqual({ items: [], repaired: 0 });
  });

  it('moves an interface that left the namespace back', async () => {
    const text = (await context.host.files.readText(PLUGGED_INTERFACES)) ?? '';
    await inside('ip link set eth2 netns 1');
    const [item] = (await lookTwice('report')).items;
    expect(item, text).toMatchObject({ kind: 'interface', object: 'eth2', seen: 'outside the namespace' });
    expect((await lookTwice('repair')).repaired).toBe(1);
    expect(await lookTwice('report')).toEqual({ items: [], repaired: 0 });
  });

  it('compares the interfaces and settings while nft fails, and keeps what it knows of the tables', async () => {
    await inside('nft delete table ip amphora_eth1');
    const tables = async () =>
      (await lookTwice('report')).items.map(({ wanted }) => wanted).filter((one) => one.startsWith('table'));
    expect(await tables()).toEqual(['table ip amphora_eth1, as a plug loads it']);
    const nft = '/usr/sbin/nft';
    await lab.run('mount', '--bind', '/bin/false', nft);
    try {
      await inside('ip address del 10.95.0.5/24 dev eth2');
      now += SECOND_MS;
      for (let look = 0; look < 2; look += 1) {
        await lookForDrift(context, [NETWORK_DRIFT], 'report', 0);
        now += SECOND_MS;
      }
      expect(context.drift.items()).toMatchObject([
        { kind: 'masquerade' },
        { kind: 'addresses', object: 'eth2' },
      ]);
      expect(context.drift.unseen()).toMatchObject([
        { kinds: ['masquerade', 'firewall'], reason: 'nft -j list ruleset: exit code 1' },
      ]);
    } finally {
      await lab.run('umount', nft);
    }
    expect((await lookTwice('repair')).repaired).toBeGreaterThan(1);
    expect(await lookTwice('report')).toEqual({ items: [], repaired: 0 });
  });

  it('reports strangers and leaves them', async () => {
    const strangers = [
      'ip address add 192.0.2.9/24 dev eth2',
      'ip route add 198.51.100.0/24 via 10.95.0.9 dev eth2',
      'ip rule add priority 900 from 192.0.2.0/24 table 7',
    ];
    for (const line of strangers) await inside(line);
    const { items } = await lookTwice('repair');
    expect(items.map(({ seen, repair, weight }) => ({ seen, repair, weight }))).toEqual(
      expect.arrayContaining(
        [
          'address 192.0.2.9/24',
          'route 198.51.100.0/24 via 10.95.0.9 table 254',
          'rule priority 900 from 192.0.2.0/24 table 7',
        ].map((seen) => ({ seen, repair: null, weight: 'note' })),
      ),
    );
    await inside('ip address del 10.95.0.5/24 dev eth2');
    expect((await lookTwice('repair')).repaired).toBe(1);
    expect((await lookTwice('report')).items).toHaveLength(3);
    for (const line of strangers.toReversed()) await inside(line.replace(' add ', ' del '));
  });

  it('leaves alone what keepalived has, and interfaces without a file', async () => {
    const strange = await lab.addNic();
    await lab.run('ip', 'link', 'set', strange.name, 'netns', 'amphora-haproxy', 'name', 'eth9');
    await inside('ip address add 10.90.0.77/32 dev eth1');
    await inside('ip route add 203.0.113.0/24 dev eth1 table 1 protocol keepalived');
    await inside('ip rule add from 10.90.0.77 table 1 protocol keepalived');
    const config = context.paths.vrrp.config;
    const text = 'vrrp_instance x {\n  virtual_ipaddress {\n    10.90.0.77/32 dev eth1\n  }\n}\n';
    await context.host.files.makeDirectory(context.paths.vrrp.directory);
    await context.host.files.write(config, text, { mode: 0o600 });
    expect(await lookTwice('repair')).toEqual({ items: [], repaired: 0 });
    await context.host.files.remove(config);
    expect((await lookTwice('report')).items.map(({ seen }) => seen)).toEqual(['address 10.90.0.77/32']);
    await inside('ip address del 10.90.0.77/32 dev eth1');
    await inside('ip rule del from 10.90.0.77 table 1');
    await inside('ip route del 203.0.113.0/24 dev eth1 table 1');
  });

  it('does nothing while an operation holds the networks', async () => {
    await inside('ip address del 10.95.0.5/24 dev eth2');
    const operation = Promise.withResolvers<void>();
    const held = context.queue.run(NETWORKS, () => operation.promise);
    expect(await lookTwice('repair')).toEqual({ items: [], repaired: 0 });
    operation.resolve();
    await held;
    await expect.poll(() => context.queue.isBusy(NETWORKS)).toBe(false);
    expect((await lookTwice('repair')).repaired).toBe(1);
  });

  it('ends a fight after five repairs', async () => {
    let repairs = 0;
    for (let round = 0; round < MOST_REPAIRS + 3; round += 1) {
      await inside('ip address flush dev eth2 to 10.95.0.5/24');
      repairs += (await lookTwice('repair')).repaired;
    }
    expect(repairs).toBe(MOST_REPAIRS);
    expect(context.drift.items()).toMatchObject([{ object: 'eth2', gave_up: true }]);
  });

  it('loads the firewall of the VIP as a plug does', async () => {
    context = freshContext();
    await lookTwice('repair');
    await setVipRules(context, [{ protocol: 'tcp', source: '10.90.0.0/24', port: 80 }]);
    expect(await lookTwice('report')).toEqual({ items: [], repaired: 0 });
    await inside('nft flush chain inet amphora_table amphora_vip_chain');
    expect((await lookTwice('repair')).repaired).toBe(1);
    await inside('nft delete table inet amphora_table');
    expect((await lookTwice('repair')).repaired).toBe(1);
    expect(await inside('nft list ruleset')).toContain('tcp dport 80 accept');
  });
});
