import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
} from '../../sandbox/controller/load-balancer.ts';
import { fetchThroughVip } from '../support/amphora/amphora-lab.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../support/amphora/octavia-driver.ts';
import { startTraffic } from '../systemd/traffic-counter.ts';
import { AGENT_PORT, type AmphoraMachine, createImageLab, type ImageLab } from './amphora-machines.ts';
import { bootedBy, report } from './figures.ts';
import { imageUnderTest, upgradeKey } from './image-under-test.ts';
import {
  bundleForPair,
  installedVersions,
  PATCH,
  reportUpgrade,
  runningOn,
  upgradeMachine,
} from './pair-upgrade.ts';

const VIP_HOST = 100;
const FIRST_VRRP_HOST = 11;
const SOON_MS = 60_000;
/** seconds in which an emulated amphora, beside another one that installs packages, must answer a request */
const PATIENCE = 30;
/** requests after the last upgrade */
const AFTERWARDS = 20;
const UPGRADES_MS = 1_800_000;

let world: ImageLab;
let amphorae: readonly [AmphoraMachine, AmphoraMachine];
let driver: OctaviaDriver;
let balancer: LoadBalancer;

beforeAll(async () => {
  world = await createImageLab(imageUnderTest());
  amphorae = [await world.boot('ACTIVE_STANDBY'), await world.boot('ACTIVE_STANDBY')];
  const [master] = amphorae;
  driver = startOctaviaDriver({ id: master.id, address: master.address, port: AGENT_PORT }, world.pki);
  const { vip } = world.lab.networks;
  balancer = {
    id: randomUUID(),
    listenerId: randomUUID(),
    poolId: randomUUID(),
    port: 80,
    vips: [{ address: vip.host(VIP_HOST), cidr: vip.cidr, gateway: vip.gateway }],
    amphorae: amphorae.map(({ id }, index) => ({ id, vrrpAddress: vip.host(FIRST_VRRP_HOST + index) })),
    members: world.members.map(({ address }) => ({ id: randomUUID(), address, port: 80 })),
  };
});

afterAll(async () => {
  driver?.close();
  await world?.close();
});

const vip = (): string => world.lab.networks.vip.host(VIP_HOST);

/** Configures an amphora as one of the pair, as a controller does. */
async function equip(amphora: AmphoraMachine, index: number): Promise<void> {
  const { vip: network } = world.lab.networks;
  const target = driver.of({ id: amphora.id, address: amphora.address, port: AGENT_PORT });
  const ask = async (method: string, ...args: unknown[]): Promise<void> => {
    const answer = await target.call(method, ...args);
    expect('error' in answer ? answer : 'done', method).toBe('done');
  };
  const role = {
    amphoraId: amphora.id,
    state: 'BACKUP',
    priority: 100 - index * 10,
    advertisementInterval: 1,
  } as const;
  await ask('get_api_version');
  await ask('plug_vip', vip(), {
    mac_address: await amphora.plugNic('vip'),
    subnet_cidr: network.cidr,
    gateway: network.gateway,
    vrrp_ip: network.host(FIRST_VRRP_HOST + index),
    mtu: 1450,
    host_routes: [],
  });
  await ask('upload_config', balancer.id, haproxyConfigText(balancer));
  await ask('upload_vrrp_config', keepalivedConfigText(balancer, role));
  await ask('start_listener', balancer.id);
  await ask('start_vrrp');
}

const hasVip = async (amphora: AmphoraMachine): Promise<boolean> =>
  (await amphora.shell('ip netns exec amphora-haproxy ip -brief address show dev eth1')).includes(
    `${vip()}/`,
  );

describe('a pair of amphorae that were booted from the image', () => {
  it('boots side by side', async () => {
    await Promise.all(amphorae.map((amphora) => bootedBy(world, amphora, 'boot of two')));
  });

  it('has the VIP on one of the two', async () => {
    await equip(amphorae[0], 0);
    await equip(amphorae[1], 1);
    await expect.poll(() => fetchThroughVip(world.lab, vip()), { timeout: SOON_MS }).toMatch(/^member/);
    await expect
      .poll(async () => [await hasVip(amphorae[0]), await hasVip(amphorae[1])], { timeout: SOON_MS })
      .toEqual([true, false]);
  });

  it.skipIf(!existsSync(upgradeKey()))(
    'is patched, the standby first: no request is lost, and the VIP stays',
    async () => {
      const [master, standby] = amphorae;
      const before = [await runningOn(master, balancer.id), await runningOn(standby, balancer.id)] as const;
      const versions = await installedVersions(standby);
      const bundle = await bundleForPair(world.directory, upgradeKey(), versions);
      const traffic = await startTraffic(`http://${vip()}/`, { namespace: world.lab.client.name }, PATIENCE);
      for (const [name, amphora] of Object.entries({ standby, master })) {
        reportUpgrade(name, await upgradeMachine(world, amphora, bundle));
        expect([await hasVip(master), await hasVip(standby)]).toEqual([true, false]);
      }
      await traffic.next(AFTERWARDS);
      const { answered, losses } = await traffic.stop();
      report('requests through the VIP that were answered', answered, '');
      expect(losses).toEqual([]);
      for (const [index, amphora] of amphorae.entries()) {
        expect(await runningOn(amphora, balancer.id)).toEqual({
          haproxy: expect.stringMatching(new RegExp(`^[\\d.]+-${PATCH}`)),
          keepalivedPid: expect.not.stringMatching(`^${before[index]?.keepalivedPid}$`),
          isInstalledKeepalived: true,
          // the patched keepalived of the master becomes master at its start
          becameMaster: (before[index]?.becameMaster ?? 0) + (amphora === master ? 1 : 0),
        });
        expect(await installedVersions(amphora)).toEqual({
          haproxy: expect.stringMatching(new RegExp(`\\+patch${PATCH}$`)),
          keepalived: expect.stringMatching(/\+next$/),
        });
      }
    },
    UPGRADES_MS,
  );

  it('goes on serving when the serving amphora is gone', async () => {
    const [master, backup] = amphorae;
    const since = Date.now();
    await master.close();
    await expect.poll(() => fetchThroughVip(world.lab, vip()), { timeout: SOON_MS }).toMatch(/^member/);
    report('failover', (Date.now() - since) / 1000, 's');
    expect(await hasVip(backup)).toBe(true);
    const { message } = await world.healthManager.next(({ id }) => id === backup.id, SOON_MS);
    expect(message.listeners).toHaveProperty([balancer.listenerId, 'status'], 'OPEN');
  });
});
