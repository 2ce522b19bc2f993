import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Topology } from '../../../sandbox/amphora/agent-config.ts';
import {
  haproxyConfigText,
  keepalivedConfigText,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { type AmphoraLab, first, startAmphoraLab } from '../../support/amphora/amphora-lab.ts';
import { labLoadBalancer, ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

let world: AmphoraLab;

/** One lab for each topology, with a keepalived configuration already there. */
function useLab(topology: Topology): void {
  beforeAll(async () => {
    world = await startAmphoraLab({ topology });
  });
  afterAll(() => world?.close());
}

async function ask(method: 'PUT' | 'DELETE', target: string, text?: string): Promise<number> {
  const file = path.join(world.directory, randomUUID());
  await writeFile(file, text ?? '');
  const answer = await first(world.amphorae).controller.request({
    method,
    path: target,
    ...(text === undefined ? {} : { file }),
  });
  return answer.status;
}

describe('the check scripts of an ACTIVE_STANDBY amphora', () => {
  useLab('ACTIVE_STANDBY');
  const CHECKS = '/var/lib/octavia/vrrp/check_scripts';
  const scripts = async (): Promise<string[]> => {
    const { stdout } = await first(world.amphorae).exec(['ls', CHECKS]);
    return stdout.split('\n').filter((name) => name !== '');
  };
  const verdict = async (): Promise<number> => {
    const check = ['bash', '/var/lib/octavia/vrrp/check_script.sh'] as const;
    return (await first(world.amphorae).exec(check, { okCodes: [0, 1, 2] })).exitCode;
  };
  const vrrpText = (): string =>
    keepalivedConfigText(labLoadBalancer(world), {
      amphoraId: first(world.amphorae).id,
      state: 'MASTER',
      priority: 100,
      advertisementInterval: 1,
    });
  const uploadListener = (): Promise<number> =>
    ask(
      'PUT',
      `/1.0/listeners/${first(world.amphorae).id}/${LVS.listener}/udp_listener`,
      lvsConfigText({ members: [] }),
    );

  it('are those for what there is: nothing yet, a UDP listener, both, a load balancer, nothing any more', async () => {
    const { id: amphoraId } = first(world.amphorae);
    const balancer = labLoadBalancer(world);
    expect(await ask('PUT', '/1.0/vrrp/upload', vrrpText())).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(1);

    expect(await uploadListener()).toBe(200);
    expect(await scripts()).toEqual(['lvs_udp_check.sh']);
    expect(await verdict()).toBe(0);

    const haproxy = haproxyConfigText(balancer);
    expect(await ask('PUT', `/1.0/loadbalancer/${amphoraId}/${balancer.id}/haproxy`, haproxy)).toBe(202);
    expect(await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).toBe(202);
    expect(await scripts()).toEqual(['haproxy_check_script.sh', 'lvs_udp_check.sh']);
    expect(await verdict()).toBe(0);

    expect(await ask('DELETE', `/1.0/listeners/${LVS.listener}`)).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(0);

    expect(await ask('DELETE', `/1.0/listeners/${balancer.id}`)).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(0);
  });

  it('pass after the last UDP listener was deleted', async () => {
    await uploadListener();
    expect(await scripts()).toEqual(['lvs_udp_check.sh']);
    expect(await ask('DELETE', `/1.0/listeners/${LVS.listener}`)).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(0);
  });

  it('fail when the keepalived of a UDP listener was killed, and pass while it runs', async () => {
    await uploadListener();
    expect(await ask('PUT', `/1.0/loadbalancer/${LVS.listener}/start`)).toBe(202);
    expect(await verdict()).toBe(0);
    await first(world.amphorae).stopAgent('SIGKILL');
    const pidFile = `/var/lib/octavia/lvs/octavia-keepalivedlvs-${LVS.listener}.pid`;
    await first(world.amphorae).exec(['sh', '-c', `kill -9 $(cat ${pidFile})`]);
    await expect.poll(verdict).toBe(1);
    await first(world.amphorae).startAgent();
  });

  it('are executable and written when keepalived comes after the UDP listener', async () => {
    const { stdout } = await first(world.amphorae).exec(['stat', '-c', '%a', `${CHECKS}/lvs_udp_check.sh`]);
    expect(stdout).toBe('755\n');
    await first(world.amphorae).exec(['rm', `${CHECKS}/lvs_udp_check.sh`]);
    expect(await ask('PUT', '/1.0/vrrp/upload', vrrpText())).toBe(200);
    expect(await scripts()).toContain('lvs_udp_check.sh');
  });
});

describe('a SINGLE amphora', () => {
  useLab('SINGLE');

  it('advertises every VIP of a UDP listener after start and after reload', async () => {
    const amphora = first(world.amphorae);
    const balancer = labLoadBalancer(world);
    const vip = first(balancer.vips).address;
    const { macAddress } = await amphora.plugNic('vip');
    const body = plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) });
    await amphora.controller.request({ method: 'POST', path: `/1.0/plug/vip/${vip}`, json: body });
    await ask(
      'PUT',
      `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`,
      lvsConfigText({ vips4: [vip], members: [] }),
    );
    for (const action of ['start', 'reload']) {
      const tcpdump = await amphora.box.start([
        ...(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, 'tcpdump', '-l', '-n', '-i', 'eth1'] as const),
        `arp and arp[14:4] == arp[24:4]`,
      ]);
      await expect.poll(() => tcpdump.output(), { timeout: 10_000 }).toContain('listening on');
      expect(await ask('PUT', `/1.0/loadbalancer/${LVS.listener}/${action}`)).toBe(202);
      await expect
        .poll(() => tcpdump.output(), { timeout: 10_000 })
        .toMatch(new RegExp(`who-has ${vip}.* tell ${vip}`));
      await tcpdump.stop();
    }
  });
});

describe('udp_check.sh', () => {
  useLab('SINGLE');

  it.each(['127.0.0.1', '::1'])(
    'passes for a member that takes what comes and fails for a closed port: %s',
    async (address) => {
      const amphora = first(world.amphorae);
      await ask(
        'PUT',
        `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`,
        lvsConfigText({ members: [] }),
      );
      const check = async (port: string): Promise<number> => {
        const argv = ['/var/lib/octavia/lvs/check/udp_check.sh', address, port] as const;
        return (await amphora.exec(argv, { inNamespace: true, okCodes: [0, 1] })).exitCode;
      };
      const member = await amphora.box.start([
        ...(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, 'socat', '-u', '-d', '-d'] as const),
        address.includes(':') ? 'UDP6-RECV:5353' : 'UDP4-RECV:5353',
        'OPEN:/dev/null',
      ]);
      await expect.poll(() => check('5353'), { timeout: 10_000 }).toBe(0);
      expect(await check('5354')).toBe(1);
      await member.stop();
      expect(await check('5353')).toBe(1);
    },
  );
});
