import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AmphoraLab, fetchThroughVip, first, type LabAmphora } from '../support/amphora/amphora-lab.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../support/amphora/octavia-driver.ts';
import { useAmphoraLab } from '../support/amphora/use-lab.ts';

const PROBE_MS = 100;
const FAILOVER_LIMIT_MS = 60_000;
const STEADY_LOOKS = 20;
/** Octavia's vrrp_fail_count */
const CHECKS_UNTIL_FAULT = 2;

describe('a pair of amphorae in ACTIVE_STANDBY', () => {
  const { world } = useAmphoraLab({ topology: 'ACTIVE_STANDBY', amphorae: 2 });
  let drivers: OctaviaDriver[];
  let model: ReturnType<typeof pairModel>;

  beforeAll(async () => {
    model = pairModel(world);
    drivers = world.amphorae.map((amphora) => startOctaviaDriver(amphora, world.pki));
    for (const [index, amphora] of world.amphorae.entries()) {
      const driver = drivers[index];
      if (driver === undefined) throw new Error('a driver for each amphora');
      await setUp(driver, amphora, index);
    }
  });

  afterAll(async () => {
    for (const driver of drivers ?? []) driver.close();
  });

  async function setUp(driver: OctaviaDriver, amphora: LabAmphora, index: number): Promise<void> {
    const { cidr, gateway } = world.lab.networks.vip;
    const { macAddress } = await amphora.plugNic('vip');
    const own = { ...model, own: amphora.id };
    const calls: [method: string, ...args: unknown[]][] = [
      ['get_api_version'],
      [
        'plug_vip',
        model.vip,
        { subnet_cidr: cidr, gateway, mac_address: macAddress, vrrp_ip: model.amphorae[index]?.vrrp_ip },
      ],
      ['upload_vrrp_config', await driver.render('keepalived', own)],
      ['upload_config', model.load_balancer, await driver.render('haproxy', own)],
      ['start_listener', model.load_balancer],
      ['start_vrrp'],
    ];
    for (const [method, ...args] of calls) {
      const answer = await driver.call(method, ...args);
      expect(answer, method).not.toHaveProperty('error');
    }
  }

  const owners = async (): Promise<LabAmphora[]> => {
    const holds = await Promise.all(world.amphorae.map((amphora) => holdsVip(amphora, model.vip)));
    return world.amphorae.filter((_, index) => holds[index]);
  };

  /** Returns the entry of the VIP in the neighbour table of the lab's router, which this process is. */
  const neighbours = (): string => execFileSync('ip', ['neighbour', 'show', model.vip]).toString();
  /** Waits until the VIP has one owner over as many checks as the longest timer of keepalived. */
  const settled = async (): Promise<void> => {
    let steady = 0;
    await waitFor(async () => {
      steady = (await owners()).length === 1 ? steady + 1 : 0;
      return steady === STEADY_LOOKS;
    });
  };

  it('has the VIP on exactly one of the two, which serves', async () => {
    await waitFor(async () => (await fetchThroughVip(world.lab, model.vip)) !== undefined);
    await waitFor(async () => (await owners()).length === 1);
    expect((await owners()).map(({ id }) => id)).toEqual([first(world.amphorae).id]);
  });

  it('sends heartbeats from both', async () => {
    for (const { id } of world.amphorae) {
      const { message } = await world.healthManager.next((heard) => heard.id === id);
      expect(Object.keys(message.listeners)).toEqual([model.listener]);
    }
  });

  it('has the VIP on one of the two after keepalived is killed', async () => {
    const master = first(await owners());
    const pids = async () => (await master.exec(['pgrep', '-x', 'keepalived'])).stdout.trim().split('\n');
    const killed = await pids();
    await master.exec(['kill', '-KILL', ...killed]);
    await waitFor(async () => (await pids().catch(() => killed)).every((pid) => !killed.includes(pid)));
    await waitFor(async () => (await fetchThroughVip(world.lab, model.vip)) !== undefined);
    await settled();
  });

  it('has the VIP on one of the two again after both had it, and advertises the owner', async () => {
    // no advertisement arrives: of two masters, the one with the lower priority yields to the first that it receives
    const nft = (...words: string[]) =>
      Promise.all(world.amphorae.map((amphora) => amphora.exec(['nft', ...words], { inNamespace: true })));
    await nft('add table ip cut; add chain ip cut in { type filter hook input priority 0; }');
    await nft('add rule ip cut in ip protocol vrrp drop');
    await waitFor(async () => (await owners()).length === 2);
    await nft('delete table ip cut');
    await settled();
    const address = ['cat', '/sys/class/net/eth1/address'] as const;
    const { stdout: own } = await first(await owners()).exec(address, { inNamespace: true });
    await waitFor(() => neighbours().includes(own.trim()));
    expect(await fetchThroughVip(world.lab, model.vip)).toBeDefined();
  });

  it('keeps the VIP in place when the load balancer is stopped, and serves as soon as it is started', async () => {
    const master = first(await owners());
    await actOnBoth('stop');
    expect(await fetchThroughVip(world.lab, model.vip)).toBeUndefined();
    for (const amphora of world.amphorae) await waitForChecks(amphora, CHECKS_UNTIL_FAULT + 1);
    expect((await owners()).map(({ id }) => id)).toEqual([master.id]);
    await actOnBoth('start');
    expect(await fetchThroughVip(world.lab, model.vip)).toBeDefined();
    expect((await owners()).map(({ id }) => id)).toEqual([master.id]);
  });

  const actOnBoth = async (action: 'start' | 'stop'): Promise<void> => {
    for (const { controller } of world.amphorae) {
      const path = `/1.0/loadbalancer/${model.load_balancer}/${action}`;
      expect((await controller.request({ method: 'PUT', path })).status).toBe(202);
    }
  };

  /** Waits until keepalived has run its checks some more times, which one more script counts. */
  async function waitForChecks({ exec }: LabAmphora, times: number): Promise<void> {
    const counter = '/var/lib/octavia/vrrp/check_scripts/count';
    await exec(['sh', '-c', `: >/tmp/checks; chmod 666 /tmp/checks; echo 'echo >>/tmp/checks' >${counter}`]);
    await waitFor(async () => (await exec(['cat', '/tmp/checks'])).stdout.length >= times);
    await exec(['rm', counter]);
  }

  it('moves the VIP when the haproxy of the master dies for good, and serves again', async () => {
    const master = first(await owners());
    // without its supervisor, which would start haproxy again
    await master.stopAgent('SIGKILL');
    await master.exec(['pkill', '-KILL', '-x', 'haproxy']);
    const silence = await longestSilence();
    console.log(`the client saw nothing for ${(silence / 1000).toFixed(1)} s while the VIP moved`);
    const now = await owners();
    expect(now).toHaveLength(1);
    expect(first(now).id).not.toBe(master.id);
    expect(await fetchThroughVip(world.lab, model.vip)).toBeDefined();
  });

  /** Sends requests through the VIP until it answers again after an outage. @returns milliseconds */
  async function longestSilence(): Promise<number> {
    const began = performance.now();
    let silentSince: number | undefined;
    while (performance.now() - began < FAILOVER_LIMIT_MS) {
      const answered = (await fetchThroughVip(world.lab, model.vip)) !== undefined;
      if (!answered) silentSince ??= performance.now();
      else if (silentSince !== undefined) return performance.now() - silentSince;
      await delay(PROBE_MS);
    }
    throw new Error(`no answer through the VIP within ${FAILOVER_LIMIT_MS} ms`);
  }
});

async function holdsVip(amphora: LabAmphora, vip: string): Promise<boolean> {
  const { stdout } = await amphora.exec(['ip', '-4', '-oneline', 'addr', 'show'], { inNamespace: true });
  return stdout.includes(` ${vip}/`);
}

async function waitFor(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + FAILOVER_LIMIT_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not so within ${FAILOVER_LIMIT_MS} ms`);
    await delay(PROBE_MS);
  }
}

function pairModel(world: AmphoraLab) {
  const { vip } = world.lab.networks;
  return {
    load_balancer: randomUUID(),
    listener: randomUUID(),
    pool: randomUUID(),
    health_monitor: randomUUID(),
    topology: 'ACTIVE_STANDBY',
    vip: vip.host(100),
    subnet_cidr: vip.cidr,
    gateway: vip.gateway,
    amphorae: world.amphorae.map(({ id }, index) => ({
      id,
      vrrp_ip: vip.host(11 + index),
      role: index === 0 ? 'MASTER' : 'BACKUP',
      priority: 100 - 10 * index,
    })),
    members: world.members.map((server) => ({ id: randomUUID(), address: server.address, port: 80 })),
  };
}
