import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createNetworkEvents } from '../../../src/host/network/network-events.ts';
import { createNetworkLook } from '../../../src/host/network/network-look.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { createDriftState } from '../../../src/operations/drift/drift-state.ts';
import { watchDrift } from '../../../src/operations/drift/drift-watch.ts';
import { NETWORK_DRIFT } from '../../../src/operations/drift/network/network-drift.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { fixedSettings } from '../../support/http/fixed-settings.ts';
import { createNetworkLab, type NetworkLab } from '../../support/network/network-lab.ts';
import { renderTemplate } from '../../support/templates.ts';

/** No look of the interval comes while the tests run, so only an event can cause one. */
const HOUR = 3600;
const AGENT_CONFIG = `[amphora_agent]
amphora_id = 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f
drift = repair
drift_interval = ${HOUR}
`;
const LONG = { timeout: 20_000 };

let lab: NetworkLab;
let context: OperationContext;
const networkEvents = createNetworkEvents();
const closing = new AbortController();

const inside = (line: string): Promise<string> => lab.inside(...(line.split(' ') as [string, ...string[]]));
const eth = async (name: string): Promise<string> => inside(`ip -o address show dev ${name}`);

async function plug(): Promise<void> {
  await plugLoopback(lab.context);
  const vip = await lab.addNic();
  const body = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3' };
  await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...body, mac_address: vip.macAddress }));
  const member = await lab.addNic();
  const fixedIps = [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }];
  const network = { mac_address: member.macAddress, fixed_ips: fixedIps };
  await plugNetwork(lab.context, parsePlugNetwork(network), { refusePlugged: false });
}

beforeAll(async () => {
  lab = createNetworkLab();
  await plug();
  const own = fixedSettings(loadConfig('agent.conf', AGENT_CONFIG).config);
  const networkLook = createNetworkLook(createCommandRunner(), renderPrograms(renderTemplate).networkLook);
  context = {
    ...lab.context,
    ...{ own, drift: createDriftState() },
    config: () => ({ ...own.live.current(), ...lab.context.config() }),
    host: { ...lab.context.host, networkLook, networkEvents },
  } as OperationContext;
  const times = { firstMs: 0, secondMs: 50, soonMs: 10 };
  void watchDrift(context, closing.signal, { times, kinds: [NETWORK_DRIFT] });
  // the kernel's settings, which this lab has not made, are the only difference, and they are repaired
  const { drift } = context;
  await until(() => drift.checkedAt() !== undefined && drift.memory().tracked.size === 0);
});

afterAll(async () => {
  closing.abort();
  networkEvents.end();
  await lab.close();
});

describe('an event of the kernel', () => {
  it('makes the agent see within the interval that addresses were flushed', async () => {
    await inside('ip address flush dev eth1');
    await expect.poll(() => eth('eth1'), LONG).toContain(' 10.90.0.10/32 ');
    expect(await eth('eth1')).toContain(' 10.90.0.3/24 ');
  });

  it.each([
    ['an interface is down', 'ip link set eth2 down', 'ip -o link show eth2', 'UP,LOWER_UP'],
    ['a route was deleted', 'ip route del default table 1', 'ip route show table 1', 'default via 10.90.0.1'],
    ['a rule was deleted', 'ip rule del from 10.90.0.10', 'ip rule show', 'from 10.90.0.10'],
  ])('makes it see that %s', async (_what, damage, look, wanted) => {
    await inside(damage);
    await expect.poll(() => inside(look), LONG).toContain(wanted);
  });

  it('makes it see that a NIC was deleted', async () => {
    await inside('ip link delete eth2');
    await expect
      .poll(() => context.drift.items(), LONG)
      .toContainEqual(expect.objectContaining({ kind: 'interface', object: 'eth2' }));
  });

  it('is not reported by an agent without file descriptors, which goes on all the same', async () => {
    const script = 'test/support/network/no-descriptors.ts';
    const limited = ['--nofile=64', process.execPath, script];
    const { stdout } = await promisify(execFile)('prlimit', limited);
    expect(JSON.parse(stdout)).toEqual({ second: 'spawn setpriv EMFILE' });
  });

  it('is reported in a new namespace after the next look, and no longer after the end', async () => {
    await lab.run('ip', 'netns', 'delete', 'amphora-haproxy');
    expect(await networkEvents.renew()).toBeUndefined();
    await lab.run('ip', 'netns', 'add', 'amphora-haproxy');
    expect(await networkEvents.renew()).toBeUndefined();
    const pids = (): Promise<string> => lab.run('ip', 'netns', 'pids', 'amphora-haproxy');
    await expect.poll(pids, LONG).not.toBe('');
    let events = 0;
    networkEvents.onDamage(() => {
      events += 1;
    });
    await expect
      .poll(async () => {
        await inside('ip link set lo up');
        await inside('ip link set lo down');
        return events;
      }, LONG)
      .toBeGreaterThan(0);
    networkEvents.end();
    await expect.poll(pids, LONG).toBe('');
  });
});
