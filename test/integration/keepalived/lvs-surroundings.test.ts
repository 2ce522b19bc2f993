import { describe, expect, it } from 'vitest';
import { haproxyConfigText, keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { useAmphoraLab, usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

describe('the check scripts of an ACTIVE_STANDBY amphora', () => {
  const { amphora, ask, balancer } = useAmphoraLab({ topology: 'ACTIVE_STANDBY' });
  const CHECKS = '/var/lib/octavia/vrrp/check_scripts';
  const scripts = async (): Promise<string[]> => {
    const { stdout } = await amphora.exec(['ls', CHECKS]);
    return stdout.split('\n').filter((name) => name !== '');
  };
  const verdict = async (): Promise<number> => {
    const check = ['bash', '/var/lib/octavia/vrrp/check_script.sh'] as const;
    return (await amphora.exec(check, { okCodes: [0, 1, 2] })).exitCode;
  };
  const vrrpText = (): string =>
    keepalivedConfigText(balancer, {
      amphoraId: amphora.id,
      state: 'MASTER',
      priority: 100,
      advertisementInterval: 1,
    });
  const uploadListener = async (): Promise<number> => {
    const answer = await ask('PUT', `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`, {
      text: lvsConfigText({ members: [] }),
    });
    return answer.status;
  };

  it('exist for each kind of listener that there is: none yet, UDP, UDP and HTTP, HTTP, none any more', async () => {
    expect((await ask('PUT', '/1.0/vrrp/upload', { text: vrrpText() })).status).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(1);

    expect(await uploadListener()).toBe(200);
    expect(await scripts()).toEqual(['lvs_udp_check.sh']);
    expect(await verdict()).toBe(0);

    const haproxy = haproxyConfigText(balancer);
    expect(
      (await ask('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: haproxy })).status,
    ).toBe(202);
    expect((await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).status).toBe(202);
    expect(await scripts()).toEqual(['haproxy_check_script.sh', 'lvs_udp_check.sh']);
    expect(await verdict()).toBe(0);

    expect((await ask('DELETE', `/1.0/listeners/${LVS.listener}`)).status).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(0);

    expect((await ask('DELETE', `/1.0/listeners/${balancer.id}`)).status).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(0);
  });

  it('succeed after the last UDP listener was deleted', async () => {
    await uploadListener();
    expect(await scripts()).toEqual(['lvs_udp_check.sh']);
    expect((await ask('DELETE', `/1.0/listeners/${LVS.listener}`)).status).toBe(200);
    expect(await scripts()).toEqual(['haproxy_check_script.sh']);
    expect(await verdict()).toBe(0);
  });

  it('fail when the keepalived of a UDP listener was killed, and succeed while it runs', async () => {
    await uploadListener();
    expect((await ask('PUT', `/1.0/loadbalancer/${LVS.listener}/start`)).status).toBe(202);
    expect(await verdict()).toBe(0);
    await amphora.stopAgent('SIGKILL');
    const pidFile = `/var/lib/octavia/lvs/octavia-keepalivedlvs-${LVS.listener}.pid`;
    await amphora.exec(['sh', '-c', `kill -9 $(cat ${pidFile})`]);
    await expect.poll(verdict).toBe(1);
    await amphora.startAgent();
  });

  it('are executable, and are written when VRRP is configured after the UDP listener', async () => {
    const { stdout } = await amphora.exec(['stat', '-c', '%a', `${CHECKS}/lvs_udp_check.sh`]);
    expect(stdout).toBe('755\n');
    await amphora.exec(['rm', `${CHECKS}/lvs_udp_check.sh`]);
    expect((await ask('PUT', '/1.0/vrrp/upload', { text: vrrpText() })).status).toBe(200);
    expect(await scripts()).toContain('lvs_udp_check.sh');
  });
});

describe('a SINGLE amphora', () => {
  const { amphora, ask, vip } = usePluggedAmphora();

  it('advertises every VIP of a UDP listener after start and after reload', async () => {
    await ask('PUT', `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`, {
      text: lvsConfigText({ vips4: [vip()], members: [] }),
    });
    for (const action of ['start', 'reload']) {
      const tcpdump = await amphora.box.start([
        ...(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, 'tcpdump', '-l', '-n', '-i', 'eth1'] as const),
        `arp and arp[14:4] == arp[24:4]`,
      ]);
      await expect.poll(() => tcpdump.output()).toContain('listening on');
      expect((await ask('PUT', `/1.0/loadbalancer/${LVS.listener}/${action}`)).status).toBe(202);
      await expect.poll(() => tcpdump.output()).toMatch(new RegExp(`who-has ${vip()}.* tell ${vip()}`));
      await tcpdump.stop();
    }
  });
});

describe('udp_check.sh', () => {
  const { amphora, ask } = useAmphoraLab();

  it.each(['127.0.0.1', '::1'])(
    'succeeds for a member that receives datagrams and fails for a closed port: %s',
    async (address) => {
      await ask('PUT', `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`, {
        text: lvsConfigText({ members: [] }),
      });
      const check = async (port: string): Promise<number> => {
        const argv = ['/var/lib/octavia/lvs/check/udp_check.sh', address, port] as const;
        return (await amphora.exec(argv, { inNamespace: true, okCodes: [0, 1] })).exitCode;
      };
      const member = await amphora.box.start([
        ...(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, 'socat', '-u', '-d', '-d'] as const),
        address.includes(':') ? 'UDP6-RECV:5353' : 'UDP4-RECV:5353',
        'OPEN:/dev/null',
      ]);
      await expect.poll(() => check('5353')).toBe(0);
      expect(await check('5354')).toBe(1);
      await member.stop();
      expect(await check('5353')).toBe(1);
    },
  );
});
