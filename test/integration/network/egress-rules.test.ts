import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { bringDown, bringUp } from '../../../src/operations/interfaces/bring-up.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { openConnection } from '../../support/network/living-connection.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const PEER = { 4: '10.95.0.1', 6: 'fd95::1' } as const;
const OWN = { 4: '10.95.0.5', 6: 'fd95::5' } as const;
/** An address of the amphora without a route from members, like the addresses of clients of a UDP listener. */
const FOREIGN = { 4: '10.99.0.9', 6: 'fd99::9' } as const;

const { lab, startWith } = useNetworkLab();

const plugMemberNetwork = async (more: object = {}): Promise<void> => {
  const { macAddress, peer } = await lab.addNic();
  await lab.run('ip', 'address', 'add', `${PEER[4]}/24`, 'dev', peer);
  await lab.run('ip', 'address', 'add', `${PEER[6]}/64`, 'dev', peer, 'nodad');
  const fixedIps = [
    { ip_address: OWN[4], subnet_cidr: '10.95.0.0/24' },
    { ip_address: OWN[6], subnet_cidr: 'fd95::/64' },
  ];
  const body = { mac_address: macAddress, fixed_ips: fixedIps, ...more };
  await plugNetwork(lab.context, parsePlugNetwork(body), { refusePlugged: false });
  await lab.inside('ip', 'address', 'add', `${FOREIGN[4]}/32`, 'dev', 'lo');
  await lab.inside('ip', 'address', 'add', `${FOREIGN[6]}/128`, 'dev', 'lo');
};

/** Returns the source that the neighbour sees of a datagram which left the namespace from a foreign address. */
const seenSource = async (version: 4 | 6): Promise<string> => {
  const socket = createSocket(version === 4 ? 'udp4' : 'udp6');
  socket.bind(0, PEER[version]);
  await once(socket, 'listening');
  const received = once(socket, 'message');
  const bracketed = (address: string): string => (version === 4 ? address : `[${address}]`);
  const target = `UDP${version}-SENDTO:${bracketed(PEER[version])}:${socket.address().port}`;
  await lab.inside('sh', '-c', `echo hello | socat -u - ${target},bind=${bracketed(FOREIGN[version])}`);
  const [, { address }] = await received;
  socket.close();
  return address;
};

/** Counts packets of a TCP connection by their state in connection tracking. */
const trackedPackets = async (): Promise<{ untracked: number; tracked: number }> => {
  const chain = (hook: string): string =>
    `chain ${hook} { type filter hook ${hook} priority 10; meta l4proto tcp ct state untracked counter; meta l4proto tcp ct state new,established counter; }`;
  await lab.inside('nft', `table inet probe { ${chain('input')}; ${chain('output')}; }`);
  for (const version of [4, 6] as const) {
    const connection = await openConnection({ server: PEER[version], client: OWN[version] });
    await connection.echo('hello');
    await connection.close();
  }
  const text = await lab.inside('nft', 'list', 'table', 'inet', 'probe');
  const count = (what: RegExp): number =>
    text
      .split('\n')
      .filter((line) => what.test(line))
      .reduce((sum, line) => sum + Number(/packets (\d+)/.exec(line)?.[1]), 0);
  return { untracked: count(/untracked/), tracked: count(/established/) };
};

describe.each(['nft', 'iptables'] as const)('egress rules that are loaded by %s', (program) => {
  const start = (): void => {
    startWith({ filterPrograms: [program] });
  };
  const loaded = async (): Promise<string> => {
    if (program === 'nft') return lab.inside('nft', 'list', 'ruleset');
    const saved = (await lab.inside('iptables-save')) + (await lab.inside('ip6tables-save'));
    return saved.replaceAll(/^#.*\n/gm, '').replaceAll(/\[\d+:\d+\]/g, '');
  };

  it('masquerade UDP that leaves an interface, and keep TCP out of connection tracking', async () => {
    start();
    await plugMemberNetwork();

    expect(await seenSource(4)).toBe(OWN[4]);
    expect(await seenSource(6)).toBe(OWN[6]);
    const packets = await trackedPackets();
    expect(packets.untracked).toBeGreaterThan(8);
    expect(packets.tracked).toBe(0);
  });

  it('do not change SR-IOV ports', async () => {
    start();
    await plugMemberNetwork({ is_sriov: true });

    expect(await seenSource(4)).toBe(FOREIGN[4]);
    expect(await loaded()).not.toMatch(/masquerade|notrack/i);
  });

  it('are not doubled when the interface comes up again, and are removed when it goes down', async () => {
    start();
    await plugMemberNetwork();
    const before = await loaded();
    expect(before.match(/masquerade/gi)?.length).toBe(program === 'nft' ? 2 : 4);

    await bringUp(lab.context, 'eth2');
    expect(await loaded()).toBe(before);

    await bringDown(lab.context, 'eth2');
    expect(await loaded()).not.toMatch(/eth2/);
    await bringDown(lab.context, 'eth2');

    await bringUp(lab.context, 'eth2');
    expect(await loaded()).toBe(before);
  });
});

describe('an image with neither nft nor iptables', () => {
  it('still gets its network, and the log names the missing programs', async () => {
    startWith({ filterPrograms: [] });
    await plugMemberNetwork();

    expect(lab.log().map(({ msg }) => msg)).toContain(
      'neither nft nor iptables: UDP and SCTP are not masqueraded',
    );
  });
});
