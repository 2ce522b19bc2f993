import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { bringUp } from '../../../src/operations/interfaces/bring-up.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugVip } from '../../../src/operations/network/plug-vip.ts';
import { setVipRules } from '../../../src/operations/network/vip-firewall.ts';
import { parseFirewallRules } from '../../../src/schemas/firewall-rules.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { openConnection } from '../../support/network/living-connection.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const RULES_FILE = '/var/lib/octavia/nftables-vip.rules';

/** Neighbours of the VIP; the rules below allow the friends. */
const FRIEND = { 4: '10.90.0.1', 6: 'fd90::1' } as const;
const STRANGER = { 4: '10.90.0.2', 6: 'fd90::2' } as const;
const VIP = { 4: '10.90.0.10', 6: 'fd90::10' } as const;

const { lab } = useNetworkLab();
let peer: string;
const listeners: ChildProcess[] = [];

beforeEach(async () => {
  const nic = await lab.addNic();
  peer = nic.peer;
  for (const [version, length] of [
    [4, 24],
    [6, 64],
  ] as const) {
    for (const address of [FRIEND[version], STRANGER[version]]) {
      await lab.run(
        ...(['ip', 'address', 'add', `${address}/${length}`, 'dev', peer] as const),
        ...(version === 6 ? ['nodad'] : []),
      );
    }
  }
  const second = { ip_address: VIP[6], subnet_cidr: 'fd90::/64', gateway: 'fd90::1' };
  const body = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3', is_sriov: true };
  await plugVip(
    lab.context,
    parsePlugVip(VIP[4], { ...body, mac_address: nic.macAddress, additional_vips: [second] }),
  );
});

afterEach(async () => {
  for (const listener of listeners.splice(0)) {
    const ended = once(listener, 'exit');
    listener.kill('SIGKILL');
    await ended;
  }
});

/** Prints inside the namespace the data that arrives at an address of socat(1). @returns the output so far */
const listen = async (address: string): Promise<() => string> => {
  const words = ['netns', 'exec', AMPHORA_NAMESPACE, 'socat', '-d', '-d', '-u', address, 'STDOUT'];
  const listener = spawn('ip', words);
  listeners.push(listener);
  let seen = '';
  listener.stdout.on('data', (chunk: Buffer) => {
    seen += chunk;
  });
  await once(listener.stderr, 'data');
  return () => seen;
};

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Sends a text from an address of the neighbour. @returns whether socat succeeded */
const send = async (kind: string, target: string, from: string, text: string): Promise<boolean> => {
  const options = kind.startsWith('TCP') ? ',connect-timeout=1' : '';
  const sender = spawn('socat', ['-u', 'STDIN', `${kind}:${target},bind=${bracketed(from)}${options}`]);
  sender.stdin.end(text);
  const [code] = await once(sender, 'exit');
  return code === 0;
};

const set = (...rules: [protocol: string, cidr: string | null, port: number][]): Promise<void> =>
  setVipRules(
    lab.context,
    parseFirewallRules(rules.map(([protocol, cidr, port]) => ({ protocol, cidr, port }))),
  );

/** Sends a packet that must not pass, then one that must: its arrival ends the wait. */
const expectOnly = async (seen: () => string, text: string): Promise<void> => {
  await expect.poll(seen, { interval: 20 }).toContain(text);
  expect(seen()).toBe(text);
};

describe('the rule files for nft', () => {
  it('are accepted by nft', async () => {
    const directory = path.resolve(import.meta.dirname, '../../golden/nft');
    const files = await readdir(directory);
    expect(files.length).toBeGreaterThanOrEqual(5);
    for (const file of files) await lab.run('nft', '-c', '-f', path.join(directory, file));
  });
});

describe.each([4, 6] as const)('an SR-IOV VIP of IPv%i', (version) => {
  const tcp = `TCP${version}`;
  const udp = `UDP${version}-SENDTO`;
  const vip = VIP[version];
  const host = version === 4 ? '/32' : '/128';

  it('without rules receives nothing from outside, and still reaches others', async () => {
    await listen(`TCP${version}-LISTEN:80,fork`);
    const datagrams = await listen(`UDP${version}-RECV:53`);

    expect(await send(tcp, `${bracketed(vip)}:80`, FRIEND[version], 'no')).toBe(false);
    await send(udp, `${bracketed(vip)}:53`, FRIEND[version], 'no');
    await expect(lab.run('ping', '-c', '1', '-W', '1', vip)).rejects.toThrow();
    const connection = await openConnection({ server: FRIEND[version], client: vip });
    await connection.echo('reply');
    await connection.close();
    expect(datagrams()).toBe('');
  });

  it('accepts TCP if a rule allows it', async () => {
    await listen(`TCP${version}-LISTEN:80,fork`);
    await listen(`TCP${version}-LISTEN:81,fork`);
    await listen(`TCP${version}-LISTEN:82,fork`);
    await set(['TCP', `${FRIEND[version]}${host}`, 80], ['TCP', null, 81]);

    expect(await send(tcp, `${bracketed(vip)}:80`, FRIEND[version], 'yes')).toBe(true);
    expect(await send(tcp, `${bracketed(vip)}:80`, STRANGER[version], 'no')).toBe(false);
    expect(await send(tcp, `${bracketed(vip)}:81`, STRANGER[version], 'yes')).toBe(true);
    expect(await send(tcp, `${bracketed(vip)}:82`, FRIEND[version], 'no')).toBe(false);
  });

  it('accepts UDP if a rule allows it', async () => {
    const one = await listen(`UDP${version}-RECV:53`);
    const two = await listen(`UDP${version}-RECV:54`);
    await set(['UDP', `${FRIEND[version]}${host}`, 53], ['UDP', '0.0.0.0/0', 54]);

    await send(udp, `${bracketed(vip)}:53`, STRANGER[version], 'no');
    await send(udp, `${bracketed(vip)}:53`, FRIEND[version], 'friend');
    await send(udp, `${bracketed(vip)}:54`, STRANGER[version], 'stranger');

    await expectOnly(one, 'friend');
    await expectOnly(two, 'stranger');
  });

  it('accepts VRRP if a rule allows it', async () => {
    const seen = await listen(`IP${version}-RECV:112`);
    const vrrp = `IP${version}-SENDTO`;
    await send(vrrp, `${bracketed(vip)}:112`, FRIEND[version], 'too early');
    await set(['vrrp', `${FRIEND[version]}${host}`, 112]);

    await send(vrrp, `${bracketed(vip)}:112`, STRANGER[version], 'stranger');
    await send(vrrp, `${bracketed(vip)}:112`, FRIEND[version], 'friend');

    await expect.poll(seen, { interval: 20 }).toContain('friend');
    expect(seen()).not.toMatch(/early|stranger/);
  });
});

describe('the firewall rules of an SR-IOV VIP', () => {
  const ruleset = (): Promise<string> => lab.inside('nft', 'list', 'table', 'inet', 'amphora_table');

  it('are stored for root only and replaced as a whole; an empty list closes the VIP again', async () => {
    expect((await stat(RULES_FILE)).mode & 0o777).toBe(0o600);
    const closed = await ruleset();
    await set(['TCP', null, 80]);
    expect(await ruleset()).toContain('tcp dport 80 accept');
    expect((await stat(RULES_FILE)).mode & 0o777).toBe(0o600);
    await set(['TCP', null, 81]);
    expect(await ruleset()).not.toContain('dport 80');

    await set();

    expect(await ruleset()).toBe(closed);
    expect(await readFile(RULES_FILE, 'utf8')).not.toContain('dport 8');
  });

  it('are loaded from their file when the interface comes up again, and not doubled', async () => {
    await set(['TCP', null, 80]);
    const before = await ruleset();
    await bringUp(lab.context, 'eth1');
    expect(await ruleset()).toBe(before);
    await lab.inside('nft', 'flush', 'ruleset');

    await bringUp(lab.context, 'all');

    expect(await ruleset()).toBe(before);
  });

  it("from another agent's file are loaded once, whatever stands in front of them", async () => {
    const table = '{ chain c { type filter hook input priority 0; policy drop; tcp dport 80 accept; }; }';
    await lab.files.write(RULES_FILE, `table inet amphora_table ${table}\n`, { mode: 0o600 });

    await bringUp(lab.context, 'eth1');
    await bringUp(lab.context, 'eth1');

    expect((await ruleset()).match(/dport 80/g)).toHaveLength(1);
  });

  it('that were cut short on disk leave the VIP closed', async () => {
    const closed = await ruleset();
    await set(['TCP', null, 80]);
    const text = await readFile(RULES_FILE, 'utf8');
    await lab.files.write(RULES_FILE, text.slice(0, -20), { mode: 0o600 });

    await bringUp(lab.context, 'eth1');

    expect(await ruleset()).toBe(closed);
    expect(lab.log().map(({ msg }) => msg)).toContain(
      'nft refuses the firewall file: only basic traffic passes',
    );
  });

  it('do not block the answers of members on an ordinary port beside the VIP', async () => {
    const { macAddress, peer: memberPeer } = await lab.addNic();
    await lab.run('ip', 'address', 'add', '10.95.0.1/24', 'dev', memberPeer);
    const fixedIps = [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }];
    await plugNetwork(lab.context, parsePlugNetwork({ mac_address: macAddress, fixed_ips: fixedIps }), {
      refusePlugged: false,
    });

    const connection = await openConnection({ server: '10.95.0.1', client: '10.95.0.5' });

    await connection.echo('answer');
    await connection.close();
  });
});
