import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText, keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { pretendSystemd } from '../../peer/python-amphora.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

const LONG = { interval: 500 };
const STOPPED = 'stopped, and its controller did not order it';

describe('services that somebody stopped with systemctl', () => {
  const { amphora, must, ask, balancer } = usePluggedAmphora({
    ...{ topology: 'ACTIVE_STANDBY', amphorae: 2 },
    prepare: ({ box }) => pretendSystemd(box),
  });

  const systemctl = (...words: string[]) => amphora.exec(['systemctl', ...words], { okCodes: [0, 1] });
  const states = async (): Promise<string[]> =>
    Promise.all(
      [`haproxy-${balancer.id}`, 'octavia-keepalived'].map(async (name) =>
        (await systemctl('is-active', name)).stdout.trim(),
      ),
    );
  const stopBoth = async (): Promise<void> => {
    for (const name of [`haproxy-${balancer.id}`, 'octavia-keepalived']) await systemctl('stop', name);
    expect(await states()).toEqual(['inactive', 'inactive']);
  };
  /** Changes the options, which causes a look at once. */
  const setMode = async (mode: 'report' | 'repair'): Promise<void> => {
    const text = (await amphora.readText(AGENT_CONFIG_FILE))
      .replaceAll(/^drift(?:_interval)? = .*\n/gm, '')
      .replace('[amphora_agent]\n', `[amphora_agent]\ndrift = ${mode}\ndrift_interval = 10\n`);
    await must('PUT', '/1.0/config', { text });
  };
  const seen = async (): Promise<unknown> =>
    JSON.parse((await must('GET', '/drift')).body)
      .items.map((one: Record<string, unknown>) => [one['kind'], one['seen'], one['repair']])
      .toSorted();

  beforeAll(async () => {
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: haproxyConfigText(balancer),
    });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    const role = { state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;
    await must('PUT', '/1.0/vrrp/upload', {
      text: keepalivedConfigText(balancer, { amphoraId: amphora.id, ...role }),
    });
    await must('PUT', '/1.0/vrrp/start');
  });

  it('are drift and make the amphora not ready, and a repair starts them', async () => {
    await stopBoth();
    const { status, body } = await ask('GET', '/readyz');
    expect(status).toBe(503);
    expect(body).toContain(`haproxy of load balancer ${balancer.id} does not run`);
    await setMode('report');
    await expect.poll(seen, LONG).toEqual([
      ['haproxy', STOPPED, 'start haproxy'],
      ['keepalived', STOPPED, 'start keepalived'],
    ]);
    await setMode('repair');
    await expect.poll(states, LONG).toEqual(['active', 'active']);
    await expect.poll(seen, LONG).toEqual([]);
  });

  it('stay stopped when their controller stopped them', async () => {
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/stop`);
    await must('PUT', '/1.0/vrrp/stop');
    const before = JSON.parse((await must('GET', '/drift')).body).checked_at;
    await setMode('report');
    await expect
      .poll(async () => JSON.parse((await must('GET', '/drift')).body).checked_at, LONG)
      .not.toBe(before);
    expect(await seen()).toEqual([]);
    expect((await ask('GET', '/readyz')).body).toContain(`note: load balancer ${balancer.id} is stopped`);
    expect(await states()).toEqual(['inactive', 'inactive']);
  });
});
