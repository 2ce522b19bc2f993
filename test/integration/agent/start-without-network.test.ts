import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import {
  type AmphoraLab,
  first,
  type LabAmphora,
  startAmphoraLab,
} from '../../support/amphora/amphora-lab.ts';

describe('an amphora without network', () => {
  let world: AmphoraLab;
  let amphora: LabAmphora;

  beforeAll(async () => {
    world = await startAmphoraLab({ members: 0 });
    amphora = first(world.amphorae);
    await amphora.stopAgent();
  });

  afterAll(() => world?.close());

  it('starts its agent, without name servers too, and is there as soon as the network is', async () => {
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const named = config.replace(/^(controller_ip_port_list = )/m, '$1health-manager.invalid:5555, ');
    expect(named).not.toBe(config);
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), named);
    await amphora.exec([
      'sh',
      '-c',
      ': > /run/no-resolvers && mount --bind /run/no-resolvers /etc/resolv.conf',
    ]);
    await amphora.exec(['ip', 'link', 'set', 'mgmt0', 'down']);
    const before = { heard: world.healthManager.heartbeats.length, logged: amphora.agentLog().length };

    const reachable = amphora.startAgent();
    const log = () => amphora.agentLog().slice(before.logged);
    await expect.poll(log, { timeout: 10_000 }).toContain('API listens');
    await expect.poll(log, { timeout: 10_000 }).toContain('health-manager.invalid');
    expect(world.healthManager.heartbeats).toHaveLength(before.heard);

    await amphora.exec(['ip', 'link', 'set', 'mgmt0', 'up']);
    await reachable;
    expect((await amphora.controller.request({ method: 'GET', path: '/' })).status).toBe(200);
    await expect
      .poll(() => world.healthManager.heartbeats.length, { timeout: 10_000 })
      .toBeGreaterThan(before.heard);
  });
});
