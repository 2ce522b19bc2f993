import { beforeAll, describe, expect, it } from 'vitest';
import {
  haproxyConfigText,
  type LoadBalancer,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { fetchThroughVip, first } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { labLoadBalancer, ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';

/** The configuration of Rocky's controller: one haproxy per listener, backends named after the pool only. */
const rockyConfig = (balancer: LoadBalancer): string =>
  haproxyConfigText({ ...balancer, id: balancer.listenerId }).replaceAll(
    `${balancer.poolId}:${balancer.listenerId}`,
    balancer.poolId,
  );

describe('API 0.5', () => {
  const { world, amphora, ask, balancer, vip } = useAmphoraLab();
  let id: string;

  beforeAll(async () => {
    id = balancer.listenerId;
  });

  it('says its version in info and details', async () => {
    expect((await ask('GET', '/0.5/info')).json).toMatchObject({ api_version: '0.5' });
    expect((await ask('GET', '/0.5/details')).json).toMatchObject({
      api_version: '0.5',
      udp_listener_process_count: 0,
    });
    expect((await ask('GET', '/info')).json).toMatchObject({ api_version: '1.0' });
  });

  it('plugs a VIP and answers with the messages of API 0.5', async () => {
    const { macAddress } = await amphora.plugNic('vip');
    const json = plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) });
    const answer = await ask('POST', `/0.5/plug/vip/${vip()}`, { json });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ message: 'OK', details: `VIP ${vip()} plugged on interface eth1` });
    const again = await ask('PUT', `/0.5/plug/vip/${vip()}`, { json });
    expect(again.status).toBe(409);
    expect(again.json).toEqual({ message: 'Interface already exists' });
  });

  it('answers 404 for a listener before its upload', async () => {
    for (const answer of [
      await ask('GET', `/0.5/listeners/${id}`),
      await ask('GET', `/0.5/listeners/${id}/haproxy`),
      await ask('PUT', `/0.5/listeners/${id}/start`),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ message: 'Listener Not Found', details: `No listener with UUID: ${id}` });
    }
  });

  it('shows an uploaded listener OFFLINE until it runs, then ACTIVE with its pools and members', async () => {
    const text = rockyConfig(balancer);
    expect((await ask('PUT', `/0.5/listeners/${amphora.id}/${id}/haproxy`, { text })).status).toBe(202);
    expect((await ask('GET', `/0.5/listeners/${id}/haproxy`)).body).toBe(text);
    expect((await ask('GET', '/0.5/listeners')).json).toEqual([{ status: 'OFFLINE', uuid: id, type: '' }]);
    const started = await ask('PUT', `/0.5/listeners/${id}/start`);
    expect(started.json).toEqual({
      message: 'OK',
      details: `Configuration file is valid\nhaproxy daemon for ${id} started`,
    });
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
    const answer = await ask('GET', `/0.5/listeners/${id}`);
    expect(answer.json).toMatchObject({
      status: 'ACTIVE',
      uuid: id,
      type: 'HTTP',
      pools: [
        { uuid: balancer.poolId, members: { [first(balancer.members).id]: expect.stringMatching(/^UP/) } },
      ],
    });
  });

  it('makes the agent send heartbeats of version 1, which Octavia Rocky reads', async () => {
    const { message } = await world.healthManager.next(({ ver }) => ver === 1);
    expect(message.listeners[id]).toMatchObject({ status: 'OPEN' });
    expect(message).not.toHaveProperty('pools');
  });

  it('also serves its paths without a version if API 1.0 has no such path', async () => {
    expect((await ask('PUT', `/listeners/${id}/reload`)).json).toEqual({
      message: 'OK',
      details: `Listener ${id} reloaded`,
    });
    expect((await ask('GET', `/listeners/${id}`)).json).toMatchObject({ status: 'ACTIVE' });
  });

  it('shows a listener whose pid file names no living haproxy as ERROR', async () => {
    expect((await ask('PUT', `/0.5/listeners/${id}/stop`)).status).toBe(202);
    await amphora.exec(['tee', `/var/lib/octavia/${id}/${id}.pid`], { input: '4194304\n' });
    expect((await ask('GET', `/0.5/listeners/${id}`)).json).toEqual({ status: 'ERROR', uuid: id, type: '' });
    expect((await ask('GET', '/0.5/listeners')).json).toEqual([{ status: 'ERROR', uuid: id, type: '' }]);
  });

  it('deletes the listener', async () => {
    expect((await ask('DELETE', `/0.5/listeners/${id}`)).body).toBe('{"message":"OK"}');
    expect((await ask('GET', '/0.5/listeners')).json).toEqual([]);
  });
});

describe('VIPs of IPv4 and IPv6 on one port', () => {
  const { world, amphora, ask } = useAmphoraLab();
  let balancer: LoadBalancer;

  beforeAll(async () => {
    const { vip } = world.lab.networks;
    balancer = {
      ...labLoadBalancer(world),
      vips: [
        { address: vip.host6(100), cidr: vip.cidr6, gateway: vip.gateway6 },
        { address: vip.host(100), cidr: vip.cidr, gateway: vip.gateway },
      ],
    };
  });

  it('are plugged by one request, whose answer spells the IPv6 VIP in full', async () => {
    const { macAddress } = await amphora.plugNic('vip');
    const json = plugVipBody(balancer, { macAddress, vrrpAddress: world.lab.networks.vip.host6(11) });
    const [six, four] = balancer.vips;
    const answer = await ask('POST', `/1.0/plug/vip/${six.address}`, { json });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      message: 'OK',
      details: `VIPs plugged on interface eth1: ${inFull(six.address)}, ${four?.address}`,
    });
  });

  it.each(['short', 'full', 'upper case'])('are found on eth1 in %s spelling', async (spelling) => {
    const { address } = first(balancer.vips);
    const spelt = { short: address, full: inFull(address), 'upper case': inFull(address).toUpperCase() }[
      spelling
    ];
    expect((await ask('GET', `/1.0/interface/${spelt}`)).body).toBe('{"message":"OK","interface":"eth1"}');
  });

  it('both serve clients', async () => {
    const path = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
    expect((await ask('PUT', path, { text: haproxyConfigText(balancer) })).status).toBe(202);
    expect((await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).status).toBe(202);
    for (const { address } of balancer.vips) {
      expect(await fetchThroughVip(world.lab, address), address).toMatch(/^member/);
    }
  });
});

/** Returns an IPv6 address with all its digits. */
function inFull(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
    .map((group) => group.padStart(4, '0'))
    .join(':');
}
