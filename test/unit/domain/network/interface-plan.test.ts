import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serializeInterfaceFile } from '../../../../src/domain/network/interface-file.ts';
import { loopbackPlan, planVip } from '../../../../src/domain/network/interface-plan.ts';
import { parsePlugVip } from '../../../../src/schemas/plug.ts';
import { plugExamples } from '../../../support/network/plug-examples.ts';

const golden = (name: string): string =>
  path.resolve(import.meta.dirname, `../../../golden/interface-plan/${name}.json.golden`);

describe.each(['SINGLE', 'ACTIVE_STANDBY'] as const)('the plan of a VIP in %s', (topology) => {
  it.each(plugExamples)('equals its golden file: $name', async ({ name, vip, body }) => {
    const file = serializeInterfaceFile(planVip(parsePlugVip(vip, body), topology));
    await expect(file).toMatchFileSnapshot(golden(`${topology.toLowerCase()}-${name}`));
  });
});

it('the plan of fixed IPs has their address, default route and host routes, after the VIPs', () => {
  const request = parsePlugVip('10.90.0.10', {
    subnet_cidr: '10.90.0.0/24',
    gateway: null,
    mac_address: 'fa:16:3e:00:00:01',
    fixed_ips: [
      {
        ip_address: '10.91.0.5',
        subnet_cidr: '10.91.0.0/24',
        gateway: '10.91.0.1',
        host_routes: [{ destination: '1.2.3.0/24', nexthop: '10.91.0.9' }],
      },
    ],
  });

  const { addresses, routes } = planVip(request, 'SINGLE');

  expect(addresses.at(-1)).toMatchObject({ address: '10.91.0.5', prefixLength: 24, octaviaOwned: undefined });
  expect(routes.slice(-3)).toMatchObject([
    { destination: '0.0.0.0/0', gateway: '10.91.0.1', table: 254, onlink: true },
    { destination: '0.0.0.0/0', gateway: '10.91.0.1', table: 1, onlink: true },
    { destination: '1.2.3.0/24', gateway: '10.91.0.9', table: 254, onlink: true },
  ]);
});

it('the plan of the loopback is 127.0.0.1', async () => {
  await expect(serializeInterfaceFile(loopbackPlan)).toMatchFileSnapshot(golden('lo'));
});
