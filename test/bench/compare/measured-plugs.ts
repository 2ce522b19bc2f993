import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { type Contestant, plugVip } from './contestants.ts';
import type { Measurement } from './measurement.ts';

const POLL_MS = 3;

const canConnect = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: 80, timeout: 1000 });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

/** As if it had never been plugged. */
async function unplug({ amphora }: Contestant, name: string): Promise<void> {
  await amphora.exec(['ip', 'link', 'delete', name], { inNamespace: true });
  await amphora.exec(['rm', '-f', `/etc/octavia/interfaces/${name}.json`]);
  await amphora.exec(['sed', '-i', `/ ${name}$/d`, '/var/lib/octavia/plugged_interfaces'], {
    okCodes: [0, 2],
  });
}

export const plugVipAgain: Measurement = {
  rows: ['plug-vip'],
  async measure(contestant) {
    const { vip, world } = contestant;
    await unplug(contestant, 'eth1');
    await runProgram(['ip', 'neigh', 'flush', 'dev', world.lab.networks.vip.bridge]);
    const plugged = await plugVip(contestant);
    const began = performance.now();
    while (!(await canConnect(vip))) await delay(POLL_MS);
    return { 'plug-vip': plugged + performance.now() - began };
  },
};

const FIXED_IPS = 10;
const FIRST_FIXED_HOST = 100;

export const plugNetwork: Measurement = {
  rows: ['plug-network'],
  async measure(contestant) {
    const { amphora, world, must, name } = contestant;
    const { member } = world.lab.networks;
    const { macAddress: mac_address } = await amphora.plugNic('member');
    const base = FIRST_FIXED_HOST + (name === 'ours' ? 0 : FIXED_IPS);
    const fixed_ips = Array.from({ length: FIXED_IPS }, (_, index) => ({
      ip_address: member.host(base + index),
      subnet_cidr: member.cidr,
    }));
    const began = performance.now();
    await must('POST', '/1.0/plug/network', { json: { mac_address, fixed_ips } });
    const taken = performance.now() - began;
    const { stdout } = await amphora.exec(['ip', '-o', 'link'], { inNamespace: true });
    const line = stdout.split('\n').find((each) => each.includes(mac_address));
    await unplug(contestant, /^\d+: ([^:@]+)/.exec(line ?? '')?.[1] ?? '');
    return { 'plug-network': taken };
  },
};
