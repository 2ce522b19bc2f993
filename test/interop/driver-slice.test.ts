import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AmphoraLab, fetchThroughVip, first, startAmphoraLab } from '../support/amphora-lab.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../support/octavia-driver.ts';

/** What the driver returns of a request: the response itself. */
const answered = (status: number, body: object): object => ({
  result: { status, body: JSON.stringify(body) },
});

describe("Octavia's own driver performs the whole slice", () => {
  let world: AmphoraLab;
  let driver: OctaviaDriver;
  let model: ReturnType<typeof loadBalancerModel>;
  let macAddress: string;

  beforeAll(async () => {
    world = await startAmphoraLab({ topology: 'SINGLE' });
    driver = startOctaviaDriver(first(world.amphorae), world.pki);
    model = loadBalancerModel(world);
    ({ macAddress } = await first(world.amphorae).plugNic('vip'));
  });

  afterAll(async () => {
    driver?.close();
    await world?.close();
  });

  it('finds the API version', async () => {
    expect(await driver.call('get_api_version')).toEqual({ result: { api_version: '1.0' } });
  });

  it('reads the versions of haproxy and keepalived', async () => {
    const { stdout } = await promisify(execFile)('dpkg-query', ['-W', '-f', '${Version}', 'haproxy']);
    expect(await driver.call('get_info')).toMatchObject({
      result: { haproxy_version: stdout, api_version: '1.0', hostname: expect.any(String) },
    });
  });

  it('plugs the VIP', async () => {
    const network = world.lab.networks.vip;
    const netInfo = {
      subnet_cidr: network.cidr,
      gateway: network.gateway,
      mac_address: macAddress,
      vrrp_ip: model.amphorae[0]?.vrrp_ip,
      mtu: 1450,
      host_routes: [],
      additional_vips: [],
    };
    expect(await driver.call('plug_vip', model.vip, netInfo)).toEqual(
      answered(202, { message: 'OK', details: `VIPs plugged on interface eth1: ${model.vip}` }),
    );
    expect(await driver.call('get_interface', model.vip)).toEqual({
      result: { message: 'OK', interface: 'eth1' },
    });
  });

  it('takes the 409 of a repeated plug for done', async () => {
    const network = world.lab.networks.vip;
    const answer = await driver.call('plug_vip', model.vip, {
      subnet_cidr: network.cidr,
      gateway: network.gateway,
      mac_address: macAddress,
    });
    expect(answer).toMatchObject({ error: 'Conflict' });
  });

  it('uploads a configuration of its own making and starts it', async () => {
    const config = await driver.render('haproxy', model);
    expect(await driver.call('upload_config', model.load_balancer, config)).toEqual(
      answered(202, { message: 'OK' }),
    );
    expect(await driver.call('get_all_listeners')).toEqual({
      result: [{ status: 'ACTIVE', uuid: model.listener, type: 'HTTP' }],
    });
    expect(await driver.call('start_listener', model.load_balancer)).toEqual(
      answered(202, {
        message: 'OK',
        details: `Configuration file is valid\nhaproxy daemon for ${model.load_balancer} started`,
      }),
    );
  });

  it('reloads it', async () => {
    expect(await driver.call('reload_listener', model.load_balancer)).toEqual(
      answered(202, { message: 'OK', details: `Listener ${model.load_balancer} reloaded` }),
    );
  });

  it('has its traffic balanced over both members', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetchThroughVip(world.lab, model.vip)));
    for (const member of world.members) {
      expect(answers.filter((answer) => answer?.includes(member.name)).length).toBeGreaterThan(0);
    }
    expect(answers).not.toContain(undefined);
  });

  it('reads details whose memory and counts a controller can work with', async () => {
    expect(await driver.call('get_details')).toMatchObject({
      result: {
        active: true,
        haproxy_count: 1,
        topology: 'SINGLE',
        topology_status: 'OK',
        listeners: [model.listener],
        memory: { total: expect.any(Number), free: expect.any(Number) },
        load: [expect.any(String), expect.any(String), expect.any(String)],
        networks: { eth1: { network_tx: expect.any(Number), network_rx: expect.any(Number) } },
      },
    });
  });

  it('hears heartbeats that name exactly its listener, pool and members', async () => {
    const { message } = await world.healthManager.next(
      ({ listeners }) => model.listener in listeners,
      10_000,
    );
    expect(Object.keys(message.listeners)).toEqual([model.listener]);
    expect(message.pools?.[`${model.pool}:${model.listener}`]?.members).toEqual(
      Object.fromEntries(model.members.map(({ id }) => [id, 'UP'])),
    );
    expect(world.healthManager.refused).toEqual([]);
  });

  it("gets haproxy's own words for a configuration that it refuses", async () => {
    const answer = await driver.call('upload_config', model.load_balancer, 'frontend x\n  bogus\n');
    expect(answer).toMatchObject({ error: 'InvalidRequest' });
    expect(await fetchThroughVip(world.lab, model.vip)).toBeDefined();
  });

  it('uploads and starts keepalived', async () => {
    const config = await driver.render('keepalived', model);
    expect(await driver.call('upload_vrrp_config', config)).toEqual(answered(200, { message: 'OK' }));
    for (const [method, done] of [
      ['start_vrrp', 'started'],
      ['reload_vrrp', 'reloaded'],
      ['stop_vrrp', 'stoped'],
    ] as const) {
      expect(await driver.call(method)).toEqual(
        answered(202, { message: 'OK', details: `keepalived ${done}` }),
      );
    }
  });

  it('deletes the load balancer, running as it is, and again', async () => {
    expect(await driver.call('delete_listener', model.load_balancer)).toEqual(
      answered(200, { message: 'OK' }),
    );
    expect(await driver.call('delete_listener', model.load_balancer)).toEqual(
      answered(200, { message: 'OK' }),
    );
    expect(await driver.call('get_all_listeners')).toEqual({ result: [] });
    expect(await driver.call('start_listener', model.load_balancer)).toMatchObject({ error: 'NotFound' });
  });
});

function loadBalancerModel(world: AmphoraLab) {
  const { vip, member } = world.lab.networks;
  const amphora = first(world.amphorae);
  return {
    load_balancer: randomUUID(),
    listener: randomUUID(),
    pool: randomUUID(),
    health_monitor: randomUUID(),
    topology: 'SINGLE',
    vip: vip.host(100),
    subnet_cidr: vip.cidr,
    gateway: vip.gateway,
    own: amphora.id,
    amphorae: [{ id: amphora.id, vrrp_ip: vip.host(11), role: 'STANDALONE', priority: 100 }],
    members: world.members.map((server) => ({ id: randomUUID(), address: server.address, port: 80 })),
    member_cidr: member.cidr,
  };
}
