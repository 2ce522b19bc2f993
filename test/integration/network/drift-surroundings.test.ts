import { describe, expect, it } from 'vitest';
import { createNetworkWatch } from '../../../src/host/network/network-watch.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { NETWORK_DRIFT } from '../../../src/operations/drift/network/network-drift.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugLoopback } from '../../../src/operations/network/plug-vip.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import type { NetworkLabOptions } from '../../support/network/network-lab.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';
import { renderTemplate } from '../../support/templates.ts';

const { lab, startWith } = useNetworkLab();
// no renew(): each look starts a program of its own
const networkWatch = createNetworkWatch(renderPrograms(renderTemplate).networkWatch);

async function plug(options: NetworkLabOptions): Promise<void> {
  startWith(options);
  await lab.files.makeDirectory('/run/network');
  await plugLoopback(lab.context);
  const { macAddress } = await lab.addNic();
  const fixedIps = [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }];
  const body = { mac_address: macAddress, fixed_ips: fixedIps };
  await plugNetwork(lab.context, parsePlugNetwork(body), { refusePlugged: false });
}

/** Observes the network, except for the kernel's settings, which the lab has not made. */
async function observe() {
  const context = { ...lab.context, host: { ...lab.context.host, networkWatch } } as OperationContext;
  const found = await NETWORK_DRIFT.observe(context, undefined);
  return found.filter(({ difference }) => difference.kind !== 'sysctl');
}

describe('drift of the network with other programs', () => {
  it('is repaired by ifup where ifupdown has the files', async () => {
    await plug({ interfaceFileFormat: 'eni' });
    expect(await observe()).toEqual([]);
    await lab.inside('ip', 'address', 'del', '10.95.0.5/24', 'dev', 'eth2');
    const [found] = await observe();
    expect(found?.difference).toMatchObject({ kind: 'interface', object: 'eth2', repair: 'ifup eth2' });
    await found?.repair?.();
    expect(await observe()).toEqual([]);
  });

  it('is repaired by iptables on an image without nft', async () => {
    await plug({ filterPrograms: ['iptables'] });
    expect(await observe()).toEqual([]);
    await lab.inside('iptables', '-t', 'nat', '-F', 'amphora-eth2');
    const [found] = await observe();
    expect(found?.difference).toMatchObject({ kind: 'masquerade', object: 'masquerading of eth2' });
    await found?.repair?.();
    expect(await observe()).toEqual([]);
  });

  it('is a missing namespace without a repair', async () => {
    await plug({});
    await lab.run('ip', 'netns', 'delete', 'amphora-haproxy');
    const found = await observe();
    expect(found.map(({ difference }) => [difference.kind, difference.repair])).toEqual([
      ['namespace', undefined],
    ]);
  });
});
