import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

describe('GET /drift and POST /drift/repair', () => {
  const { amphora, ask, must, balancer } = usePluggedAmphora();

  const drift = async () => JSON.parse((await must('GET', '/drift')).body);
  const setMode = async (mode: string): Promise<void> => {
    const { stdout } = await amphora.exec(['cat', AGENT_CONFIG_FILE]);
    const text = stdout
      .replace(/^drift = .*\n/m, '')
      .replace('[amphora_agent]\n', `[amphora_agent]\ndrift = ${mode}\n`);
    await must('PUT', '/1.0/config', { text });
  };

  beforeAll(async () => {
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: haproxyConfigText(balancer),
    });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
  });

  it('shows that a fresh amphora has no drift once the agent has looked', async () => {
    await expect.poll(async () => (await drift()).checked_at).not.toBeNull();
    expect(await drift()).toMatchObject({ mode: 'report', interval_seconds: 60, items: [] });
    expect((await must('POST', '/drift/repair')).json).toEqual({ items: [] });
    expect((await must('GET', '/status')).body).toContain('drift (report): none\n');
  });

  it('watches the network with a program that ends with the agent, also when the agent is killed', async () => {
    const watchers = async (): Promise<number> => {
      const { stdout } = await amphora.exec(['ip', 'netns', 'pids', AMPHORA_NAMESPACE]);
      const pids = stdout.split('\n').filter((pid) => pid !== '');
      const lines = pids.map((pid) => amphora.readText(`/proc/${pid}/cmdline`).catch(() => ''));
      return (await Promise.all(lines)).filter((line) => line.startsWith('perl\0')).length;
    };
    // a look, after the plug made the namespace
    await setMode('report');
    await expect.poll(watchers).toBe(1);
    await amphora.stopAgent('SIGKILL');
    await expect.poll(watchers).toBe(0);
    await amphora.startAgent();
  });

  it('repairs nothing when the option is off', async () => {
    await setMode('off');
    const nothing = { checked_at: null, items: [], unseen: [] };
    expect(await drift()).toEqual({ mode: 'off', interval_seconds: 60, ...nothing });
    expect(await ask('POST', '/drift/repair')).toMatchObject({
      status: 409,
      json: { message: 'Drift is switched off' },
    });
  });
});
