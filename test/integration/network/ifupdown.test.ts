import { describe, expect, it } from 'vitest';
import { runInterfaceCommand } from '../../../src/commands/interface.ts';
import { InterfaceExists } from '../../../src/errors.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { findInterface, plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import type { NetworkLabOptions } from '../../support/network/network-lab.ts';
import { plugExamples } from '../../support/network/plug-examples.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab, startWith } = useNetworkLab();

const start = async (topology: NonNullable<NetworkLabOptions['topology']>): Promise<void> => {
  startWith({ topology, interfaceFileFormat: 'eni' });
  await lab.files.makeDirectory('/run/network');
  await plugLoopback(lab.context);
};

const kernelText = async (): Promise<string> => {
  const parts = [
    ['address', 'show', 'dev', 'eth1'],
    ['route', 'show', 'table', 'all', 'dev', 'eth1'],
    ['rule'],
  ].flatMap((words) => [lab.inside('ip', '-4', ...words), lab.inside('ip', '-6', ...words)]);
  return (await Promise.all(parts)).join('').replaceAll(/^.*(fe80::|ff00::).*\n/gm, '');
};

const CLIENTLESS = plugExamples.filter(({ name }) => !name.endsWith('no-vrrp-address'));

describe.each(['SINGLE', 'ACTIVE_STANDBY'] as const)('a VIP plugged with ifupdown in %s', (topology) => {
  it.each(CLIENTLESS)('has a file that ifup and ifdown accept: $name', async ({ vip, body }) => {
    await start(topology);
    const nic = await lab.addNic();
    const request = parsePlugVip(vip, { ...body, mac_address: nic.macAddress });

    const { interfaceName } = await plugVip(lab.context, request);

    expect(interfaceName).toBe('eth1');
    const up = await kernelText();
    expect(up).toContain(request.vrrp?.address);
    for (const { address, subnet, gateway, hostRoutes } of request.vips) {
      const holder = await findInterface(lab.context, address).catch(() => undefined);
      expect(holder).toBe(topology === 'SINGLE' ? 'eth1' : undefined);
      expect(up.includes(`from ${address} lookup 1`)).toBe(topology === 'SINGLE');
      expect(up).toMatch(new RegExp(`^${subnet}(?!.*table 1)`, 'm'));
      expect(up.includes(`${subnet} table 1`)).toBe(topology === 'SINGLE');
      if (gateway !== undefined) expect(up).toMatch(new RegExp(`^default via ${gateway} (?!.*table 1)`, 'm'));
      for (const { destination, nexthop } of hostRoutes) {
        expect(up).toMatch(new RegExp(`^${destination} via ${nexthop} table 1`, 'm'));
        expect(up).toMatch(new RegExp(`^${destination} via ${nexthop} (?!table 1)`, 'm'));
      }
    }
    await expect(plugVip(lab.context, request)).rejects.toThrow(InterfaceExists);

    expect(await runInterfaceCommand(['down', 'all'], async () => lab.context)).toEqual({
      exitCode: 0,
      output: '',
    });
    expect(await lab.inside('ip', 'rule')).not.toContain('lookup 1');
    expect(await runInterfaceCommand(['up', 'all'], async () => lab.context)).toEqual({
      exitCode: 0,
      output: '',
    });
    expect(await kernelText()).toBe(up);
  });
});

describe('a plug with ifupdown that was interrupted', () => {
  const [example] = CLIENTLESS;

  it('succeeds on a retry, wherever ifup had stopped', async () => {
    await start('SINGLE');
    const nic = await lab.addNic();
    const request = parsePlugVip(example?.vip ?? '', { ...example?.body, mac_address: nic.macAddress });
    await lab.context.host.network.moveIn(nic.name, 'eth1');
    await lab.inside('ip', 'address', 'add', '172.16.1.3/24', 'dev', 'eth1');
    await lab.inside('ip', 'rule', 'add', 'from', '172.16.1.10/32', 'table', '1', 'priority', '100');

    await plugVip(lab.context, request);

    expect(await findInterface(lab.context, '172.16.1.10')).toBe('eth1');
    expect((await lab.inside('ip', 'rule')).match(/from 172\.16\.1\.10 lookup 1/g)).toHaveLength(1);
  });

  it('fails with the output of ifup', async () => {
    await start('SINGLE');
    const nic = await lab.addNic();
    const body = { ...example?.body, mtu: 65_536 - 1, gateway: '172.16.1.3', mac_address: nic.macAddress };

    const failure = plugVip(lab.context, parsePlugVip(example?.vip ?? '', body));

    await expect(failure).rejects.toMatchObject({
      port: 'vip',
      output: expect.stringMatching(/ifup: failed to bring up eth1/),
    });
  });
});

describe('a member network with an ifupdown file', () => {
  const SUBNET = { subnet_cidr: '10.95.0.0/24', gateway: '10.95.0.1', host_routes: [] };

  it('comes up, changes with the next plug and does not touch the VIP', async () => {
    await start('SINGLE');
    const vip = await lab.addNic();
    const [example] = plugExamples;
    const body = { ...example?.body, mac_address: vip.macAddress };
    await plugVip(lab.context, parsePlugVip(example?.vip ?? '', body));
    const { macAddress } = await lab.addNic();
    const plug = (fixedIps: object[]) =>
      plugNetwork(
        lab.context,
        parsePlugNetwork({ mac_address: macAddress, mtu: 1450, fixed_ips: fixedIps }),
        {
          refusePlugged: false,
        },
      );
    const addresses = () => lab.inside('ip', '-brief', 'address', 'show', 'dev', 'eth2');
    const masquerading = () => lab.inside('iptables', '-t', 'nat', '-S', 'POSTROUTING');

    expect(
      await plug([
        { ip_address: '10.95.0.5', ...SUBNET },
        { ip_address: 'fd95::5', subnet_cidr: 'fd95::/64' },
      ]),
    ).toEqual({ interfaceName: 'eth2', updated: false, refusedRoutes: [] });
    expect(await addresses()).toMatch(/10\.95\.0\.5\/24 .*fd95::5\/64/);
    expect(await lab.inside('ip', 'link', 'show', 'dev', 'eth2')).toContain('mtu 1450');

    const hostRoutes = [{ destination: '192.168.7.0/24', nexthop: '10.95.0.254' }];
    expect(await plug([{ ip_address: '10.95.0.6', ...SUBNET, host_routes: hostRoutes }])).toEqual({
      interfaceName: 'eth2',
      updated: true,
      refusedRoutes: [],
    });

    expect(await addresses()).toMatch(/UP\s+10\.95\.0\.6\/24/);
    expect(await addresses()).not.toContain('.5/');
    expect(await lab.inside('ip', 'route')).toContain('192.168.7.0/24 via 10.95.0.254');
    expect((await masquerading()).match(/-o eth2 -p udp -j MASQUERADE/g)).toHaveLength(1);
    expect(await findInterface(lab.context, example?.vip ?? '')).toBe('eth1');
  });

  it('keeps its addresses if the kernel refuses a host route, and names the route and the reason', async () => {
    await start('SINGLE');
    const vip = await lab.addNic();
    const [example] = plugExamples;
    await plugVip(
      lab.context,
      parsePlugVip(example?.vip ?? '', { ...example?.body, mac_address: vip.macAddress }),
    );
    const { macAddress } = await lab.addNic();
    const hostRoutes = [{ destination: '0.0.0.0/0', nexthop: '10.95.0.254' }];
    const request = parsePlugNetwork({
      mac_address: macAddress,
      fixed_ips: [{ ip_address: '10.95.0.5', ...SUBNET, host_routes: hostRoutes }],
    });

    for (const updated of [false, true]) {
      expect(await plugNetwork(lab.context, request, { refusePlugged: false })).toEqual({
        interfaceName: 'eth2',
        updated,
        refusedRoutes: ['0.0.0.0/0 via 10.95.0.254: RTNETLINK answers: File exists'],
      });
    }

    expect(await findInterface(lab.context, '10.95.0.5')).toBe('eth2');
    expect(await lab.inside('ip', 'route', 'show', 'default')).not.toContain('eth2');
    expect(await runInterfaceCommand(['down', 'eth2'], async () => lab.context)).toMatchObject({
      exitCode: 0,
    });
    expect(await runInterfaceCommand(['up', 'eth2'], async () => lab.context)).toMatchObject({ exitCode: 0 });
    expect(lab.log()).toContainEqual(
      expect.objectContaining({ msg: 'output of ifup', output: expect.stringContaining('File exists') }),
    );
  });
});
