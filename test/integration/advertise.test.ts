import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plugVip } from '../../src/operations/networks.ts';
import { parsePlugVip } from '../../src/schemas/plug.ts';
import { createNetworkLab, type NetworkLab } from '../support/network-lab.ts';

const CAPTURE_FILTER = 'arp or (icmp6 and ip6[40] == 136)';

let lab: NetworkLab;

beforeEach(() => {
  lab = createNetworkLab();
});
afterEach(() => lab.close());

interface Capture {
  /** what came so far and what comes until a text is in it */
  until(text: string): Promise<string>;
  stop(): Promise<void>;
}

async function capture(device: string): Promise<Capture> {
  const tcpdump: ChildProcess = spawn('tcpdump', ['-l', '-n', '-e', '-v', '-i', device, CAPTURE_FILTER]);
  const ended = once(tcpdump, 'exit');
  let seen = '';
  tcpdump.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk;
  });
  if (tcpdump.stderr === null) throw new Error('tcpdump has no standard error');
  await once(tcpdump.stderr, 'data');
  return {
    until: (text) =>
      expect
        .poll(() => seen, { timeout: 10_000, interval: 20 })
        .toContain(text)
        .then(() => seen),
    async stop() {
      tcpdump.kill('SIGTERM');
      await ended;
    },
  };
}

describe('after a plug', () => {
  it('the neighbours hear a gratuitous ARP for each IPv4 address and an overriding advertisement for each IPv6 one', async () => {
    const nic = await lab.addNic();
    const frames = await capture(nic.peer);
    try {
      await plugVip(
        lab.context,
        parsePlugVip('10.90.0.10', {
          subnet_cidr: '10.90.0.0/24',
          gateway: '10.90.0.1',
          mac_address: nic.macAddress,
          vrrp_ip: '10.90.0.3',
          additional_vips: [{ ip_address: 'fd00::10', subnet_cidr: 'fd00::/64', gateway: null }],
        }),
      );
      const arp = (address: string): string =>
        `Request who-has ${address} (ff:ff:ff:ff:ff:ff) tell ${address}, length 28`;
      await frames.until(arp('10.90.0.10'));
      await frames.until(arp('10.90.0.3'));
      const all = await frames.until('tgt is fd00::10, Flags [override]');
      expect(all).toContain(`${nic.macAddress} > ff:ff:ff:ff:ff:ff`);
      expect(all).toMatch(new RegExp(`${nic.macAddress} > 33:33:00:00:00:01.*> ff02::1: .*fd00::10`));
      expect(all.slice(all.indexOf('tgt is fd00::10'))).toContain(
        `destination link-address option (2), length 8 (1): ${nic.macAddress}`,
      );
    } finally {
      await frames.stop();
    }
  });

  it("an address that can't be advertised is logged, not fatal", async () => {
    await lab.context.host.network.ensure();
    await lab.context.host.network.advertise('eth9', '10.90.0.10');
    await lab.context.host.network.advertise('eth9', 'fd00::10');
    const complaints = lab.log().filter(({ msg, level }) => msg === 'address not advertised' && level === 40);
    expect(complaints).toHaveLength(2);
  });
});
