import { beforeAll, describe, expect, it } from 'vitest';
import { plugVipBody } from '../../../sandbox/controller/load-balancer.ts';
import { first } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';

const { world, amphora, ask: send, balancer, vip } = useAmphoraLab({ members: 1 });
let vipBody: object;

beforeAll(async () => {
  const { macAddress } = await amphora.plugNic('vip');
  vipBody = plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) });
  expect((await ask('POST', `/1.0/plug/vip/${vip()}`, vipBody)).status).toBe(202);
});

const ask = async (method: 'GET' | 'PUT' | 'POST', path: string, json?: unknown) => {
  const answer = await send(method, path, json === undefined ? {} : { json });
  return { status: answer.status, body: answer.json };
};

const portOf = async (network: 'member' | 'client', host: number): Promise<object> => {
  const { macAddress } = await amphora.plugNic(network);
  const { cidr, gateway, host: addressOf } = world.lab.networks[network];
  return {
    mac_address: macAddress,
    mtu: 1450,
    fixed_ips: [{ ip_address: addressOf(host), subnet_cidr: cidr, gateway, host_routes: [] }],
  };
};

describe('POST plug/network', () => {
  const UNKNOWN_MAC = 'fa:16:3e:ff:ff:ff';

  it.each([
    ['no body', undefined],
    ['no MAC', { fixed_ips: [] }],
    ['a MAC that is none', { mac_address: 'x' }],
    ['a fixed IP without a subnet', { mac_address: UNKNOWN_MAC, fixed_ips: [{ ip_address: '10.0.0.1' }] }],
  ])('refuses a request with %s as invalid port information', async (_what, body) => {
    for (const version of ['0.5', '1.0']) {
      expect(await ask('POST', `/${version}/plug/network`, body)).toMatchObject({
        status: 400,
        body: { error: '400 Bad Request: Invalid port information', http_code: 400 },
      });
    }
  });

  it('refuses a fixed IP that is not an address', async () => {
    const fixedIps = [{ ip_address: '10.0.0.256', subnet_cidr: '10.0.0.0/24' }];
    const body = { mac_address: UNKNOWN_MAC, fixed_ips: fixedIps };
    expect(await ask('POST', '/1.0/plug/network', body)).toEqual({
      status: 400,
      body: { message: 'Invalid network port' },
    });
  });

  it('answers to an unknown MAC so that the controller tries again', async () => {
    expect(await ask('POST', '/1.0/plug/network', { mac_address: UNKNOWN_MAC })).toEqual({
      status: 404,
      body: { details: 'No suitable network interface found' },
    });
  });

  it('plugs, updates on a repeated request, and refuses that in API 0.5', async () => {
    const [one, two] = [await portOf('member', 50), await portOf('client', 51)];

    expect(await ask('POST', '/1.0/plug/network', one)).toEqual({
      status: 202,
      body: { message: 'OK', details: 'Plugged on interface eth2' },
    });
    expect(await ask('PUT', '/1.0/plug/network', one)).toEqual({
      status: 202,
      body: { message: 'OK', details: 'Updated existing interface eth2' },
    });
    expect(await ask('POST', '/0.5/plug/network', two)).toEqual({
      status: 202,
      body: { message: 'OK', details: 'Plugged on interface eth3' },
    });
    expect(await ask('POST', '/0.5/plug/network', two)).toEqual({
      status: 409,
      body: { message: 'Interface already exists' },
    });
    expect(await ask('GET', `/1.0/interface/${world.lab.networks.member.host(50)}`)).toEqual({
      status: 200,
      body: { message: 'OK', interface: 'eth2' },
    });
    const member = first(world.members);
    const { stdout } = await amphora.exec(['curl', '-s', '--max-time', '5', `http://${member.address}/`], {
      inNamespace: true,
    });
    expect(stdout).toContain(member.name);
  });

  it('names in its answer the host routes that the kernel refuses', async () => {
    const { macAddress } = await amphora.plugNic('client');
    const defaultRoute = { destination: '0.0.0.0/0', nexthop: '10.91.0.1' };
    const fixedIp = { ip_address: '10.91.0.5', subnet_cidr: '10.91.0.0/24', host_routes: [defaultRoute] };
    const body = { mac_address: macAddress, mtu: 1450, fixed_ips: [fixedIp] };
    const refused = 'host routes refused: 0.0.0.0/0 via 10.91.0.1: RTNETLINK answers: File exists';

    for (const done of ['Plugged on', 'Updated existing']) {
      expect(await ask('POST', '/1.0/plug/network', body)).toEqual({
        status: 202,
        body: { message: 'OK', details: `${done} interface eth4; ${refused}` },
      });
    }
    expect(await ask('POST', '/0.5/plug/network', body)).toMatchObject({ status: 409 });
  });

  it('with vip_net_info plugs eth1 again, which keeps the VIP', async () => {
    const body = { ...vipBody, fixed_ips: [], vip_net_info: { ...vipBody, vip: vip() } };
    expect(await ask('POST', '/1.0/plug/network', body)).toEqual({
      status: 202,
      body: { message: 'OK', details: 'Updated existing interface eth1' },
    });
    expect(await ask('GET', `/1.0/interface/${vip()}`)).toEqual({
      status: 200,
      body: { message: 'OK', interface: 'eth1' },
    });
  });
});

describe('PUT interface/IP/rules', () => {
  const RULES = [{ protocol: 'TCP', cidr: '10.0.0.0/8', port: 80 }];

  it('looks the interface up before it reads the body', async () => {
    expect(await ask('PUT', '/1.0/interface/10.0.0.256/rules', {})).toEqual({
      status: 400,
      body: { message: 'Invalid IP address' },
    });
    const absent = { status: 404, body: { message: 'Error interface not found for IP address' } };
    expect(await ask('PUT', '/1.0/interface/10.250.0.1/rules', {})).toEqual(absent);
    expect(await ask('PUT', '/1.0/interface/127.0.0.1/rules', RULES)).toEqual(absent);
  });

  it('refuses invalid rules', async () => {
    expect(await ask('PUT', `/1.0/interface/${vip()}/rules`, [{ protocol: 'TCP' }])).toMatchObject({
      status: 400,
      body: { error: '400 Bad Request: Invalid rules information', http_code: 400 },
    });
  });

  it('loads valid rules', async () => {
    expect(await ask('PUT', `/1.0/interface/${vip()}/rules`, RULES)).toEqual({
      status: 200,
      body: { message: 'OK' },
    });
    const { stdout } = await amphora.exec(
      ['nft', 'list', 'chain', 'inet', 'amphora_table', 'amphora_vip_chain'],
      {
        inNamespace: true,
      },
    );
    expect(stdout).toContain('ip saddr 10.0.0.0/8 tcp dport 80 accept');
  });

  it('is unknown in API 0.5', async () => {
    expect((await ask('PUT', `/0.5/interface/${vip()}/rules`, RULES)).status).toBe(404);
  });
});
