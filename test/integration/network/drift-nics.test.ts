import { beforeEach, describe, expect, it } from 'vitest';
import { createNetworkWatch } from '../../../src/host/network/network-watch.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { NETWORK_DRIFT } from '../../../src/operations/drift/network/network-drift.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugLoopback } from '../../../src/operations/network/plug-vip.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';
import { renderTemplate } from '../../support/templates.ts';

const ADDRESS = '10.95.0.5/24';
const DUPLICATE = 'fd00:95::5/64';

const { lab, startWith } = useNetworkLab();
// no renew(): each look starts a program of its own
const networkWatch = createNetworkWatch(renderPrograms(renderTemplate).networkWatch);
const inside = (line: string): Promise<string> => lab.inside(...(line.split(' ') as [string, ...string[]]));

/** Observes the network, except for the kernel's settings, which the lab has not made. */
async function observe() {
  const context = { ...lab.context, host: { ...lab.context.host, networkWatch } } as OperationContext;
  const found = await NETWORK_DRIFT.observe(context, undefined);
  return found.filter(({ difference }) => difference.kind !== 'sysctl');
}

const seen = async () =>
  (await observe()).map(({ difference: { object, wanted, seen: is, repair } }) => [
    ...[object, wanted, is],
    repair === undefined ? 'report only' : 'repair',
  ]);

describe('drift of an interface', () => {
  let nic: Awaited<ReturnType<typeof lab.addNic>>;

  beforeEach(async () => {
    startWith({});
    await plugLoopback(lab.context);
    nic = await lab.addNic();
    const fixedIps = [
      { ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' },
      { ip_address: 'fd00:95::5', subnet_cidr: 'fd00:95::/64' },
    ];
    const body = { mac_address: nic.macAddress, fixed_ips: fixedIps };
    await plugNetwork(lab.context, parsePlugNetwork(body), { refusePlugged: false });
    expect(await seen()).toEqual([]);
  });

  it('is another NIC with its name, whose addresses are not compared', async () => {
    const other = await lab.addNic();
    await inside('ip link set eth2 down');
    await inside('ip link set eth2 name right');
    await lab.run('ip', 'link', 'set', other.name, 'netns', 'amphora-haproxy', 'name', 'eth2');
    expect(await seen()).toEqual([
      [
        ...['eth2', `the NIC with the MAC address ${nic.macAddress}`],
        `a NIC with the MAC address ${other.macAddress}, and the right one has the name right`,
        'report only',
      ],
    ]);
    await inside('ip link set eth2 name other0');
    expect(await seen()).toEqual([
      ['eth2', 'in the namespace', 'in the namespace under the name right: rename it by hand', 'report only'],
    ]);
    await inside('ip link set right name eth2');
    const [down] = await observe();
    expect(down?.difference).toMatchObject({ object: 'eth2', wanted: 'up', seen: 'down' });
    await down?.repair?.();
    expect(await seen()).toEqual([]);
  });

  it('is an IPv6 address that another host has, which no repair tries again', async () => {
    await lab.run('ip', 'address', 'add', DUPLICATE, 'dev', nic.peer, 'nodad');
    await inside(`ip address del ${DUPLICATE} dev eth2`);
    await inside(`ip address add ${DUPLICATE} dev eth2`);
    const detected = () => inside('ip -6 address show dev eth2 dadfailed');
    await expect.poll(detected).toContain(DUPLICATE);
    const duplicate = ['eth2', `address ${DUPLICATE}`, 'unusable: another host has it', 'report only'];
    expect(await seen()).toEqual([duplicate]);
    await inside(`ip address del ${ADDRESS} dev eth2`);
    const missing = (await observe()).find(({ repair }) => repair !== undefined);
    const before = await detected();
    await missing?.repair?.();
    expect(await seen()).toEqual([duplicate]);
    expect(await detected()).toBe(before);
    await lab.run('ip', 'address', 'del', DUPLICATE, 'dev', nic.peer);
    await inside(`ip address del ${DUPLICATE} dev eth2`);
    await (await observe())[0]?.repair?.();
    expect(await seen()).toEqual([]);
  });
});
