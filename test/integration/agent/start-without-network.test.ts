import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';

describe('an amphora without network', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });

  beforeAll(async () => {
    await amphora.stopAgent();
  });

  it('starts the agent, also without name servers, and serves as soon as the network is up', async () => {
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
    await expect.poll(log).toContain('API listens');
    await expect.poll(log).toContain('health-manager.invalid');
    expect(world.healthManager.heartbeats).toHaveLength(before.heard);

    await amphora.exec(['ip', 'link', 'set', 'mgmt0', 'up']);
    await reachable;
    expect((await amphora.controller.request({ method: 'GET', path: '/' })).status).toBe(200);
    await expect.poll(() => world.healthManager.heartbeats.length).toBeGreaterThan(before.heard);
  });
});
