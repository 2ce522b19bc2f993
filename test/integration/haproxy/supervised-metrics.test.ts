import { describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { METRICS_PORT, metricsText } from '../../support/haproxy/metrics-listener.ts';

const PID_FILE = '/var/lib/octavia/prometheus-proxy.pid';

describe('a PROMETHEUS listener under the built-in supervisor', () => {
  const { world, amphora, ask, balancer, vip } = usePluggedAmphora({ members: 1 });

  const upload = async (listeners: 'with metrics' | 'without metrics', { id } = balancer): Promise<void> => {
    const own = haproxyConfigText({ ...balancer, id, port: id === balancer.id ? 80 : 81 });
    const text = listeners === 'with metrics' ? own + metricsText(vip()) : own;
    expect((await ask('PUT', `/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, { text })).status).toBe(202);
  };
  const act = async (action: 'start' | 'stop' | 'reload', { id } = balancer): Promise<void> => {
    expect((await ask('PUT', `/1.0/loadbalancer/${id}/${action}`)).status).toBe(202);
  };
  /** returns the answer to a client through the VIP: the metrics, then the status */
  const scrape = async (): Promise<string> => {
    const url = `http://${vip()}:${METRICS_PORT}/metrics`;
    const argv = ['curl', '--silent', '--max-time', '10', '--write-out', '%{http_code}', url] as const;
    return (await world.lab.client.run(argv, { okCodes: [0, 7, 28, 52, 56] })).stdout;
  };
  /** returns the process ids of the proxy */
  const proxies = async (): Promise<string[]> => {
    const found = await amphora.exec(['pgrep', '--full', ' prometheus-proxy --pid-file '], {
      okCodes: [0, 1],
    });
    return found.stdout.split('\n').filter((pid) => pid !== '');
  };

  it('costs no memory while no listener has metrics', async () => {
    await upload('without metrics');
    await act('start');
    expect(await proxies()).toEqual([]);
  });

  it('answers metrics under Octavia names once the load balancer is reloaded', async () => {
    await upload('with metrics');
    expect(await proxies()).toEqual([]);
    await act('reload');
    const answer = await scrape();
    expect(answer).toMatch(/200$/);
    expect(answer).toMatch(/^octavia_loadbalancer_cpu /m);
    expect(answer).toMatch(/^octavia_pool_status\{/m);
    expect(await proxies()).toEqual([(await amphora.readText(PID_FILE)).trim()]);
  });

  it('is served by an unprivileged process in the namespace of the amphora', async () => {
    const [pid = ''] = await proxies();
    const status = await amphora.exec(['cat', `/proc/${pid}/status`]);
    expect(status.stdout).toMatch(/^NoNewPrivs:\t1$/m);
    // CAP_DAC_READ_SEARCH alone, to read its own program wherever that is
    expect(status.stdout).toMatch(/^CapEff:\t0{15}4$/m);
    const { stdout } = await amphora.exec(['ip', 'netns', 'identify', pid]);
    expect(stdout.trim()).toBe('amphora-haproxy');
  });

  it('keeps the same process over a reload, a crash of haproxy and a restart of the agent', async () => {
    const before = await proxies();
    await act('reload');
    await amphora.stopAgent('SIGKILL');
    expect(await scrape()).toMatch(/200$/);
    await amphora.startAgent();
    await act('reload');
    expect(await scrape()).toMatch(/200$/);
    expect(await proxies()).toEqual(before);
  });

  it('is served again after the proxy has died', async () => {
    const [pid = ''] = await proxies();
    await amphora.exec(['kill', '-KILL', pid]);
    await expect.poll(scrape).toMatch(/200$/);
    expect(await proxies()).not.toContain(pid);
  });

  it('is served after the start of an agent that finds no proxy, as one from an earlier version does', async () => {
    await amphora.stopAgent('SIGKILL');
    await amphora.exec(['sh', '-c', `kill -KILL $(cat ${PID_FILE})`]);
    await amphora.exec(['sh', '-c', 'rm /var/lib/octavia/supervisor/prometheus-proxy.*']);
    await amphora.startAgent();
    await expect.poll(scrape).toMatch(/200$/);
  });

  it('ends the proxy with the last such listener: removed, stopped, deleted', async () => {
    const other = { ...balancer, id: '3d5b6a7c-1111-4222-8333-444455556666' };
    await upload('without metrics');
    await act('reload');
    expect(await proxies()).toEqual([]);
    const { stdout: kept } = await amphora.exec(['ls', '/var/lib/octavia/supervisor']);
    expect(kept).not.toContain('prometheus-proxy');

    await upload('with metrics');
    await act('reload');
    expect(await proxies()).toHaveLength(1);
    await upload('without metrics', other);
    await act('start', other);
    expect(await proxies()).toHaveLength(1);
    await act('stop');
    expect(await proxies()).toEqual([]);

    await act('start');
    expect(await scrape()).toMatch(/200$/);
    await ask('DELETE', `/1.0/listeners/${balancer.id}`);
    expect(await proxies()).toEqual([]);
  });

  it('does not delay the load balancer if the port of the proxy is in use, and is served when it is free', async () => {
    const taken = await amphora.box.start([
      ...(['ip', 'netns', 'exec', 'amphora-haproxy'] as const),
      ...(['socat', 'TCP-LISTEN:9102,bind=127.0.0.1,reuseaddr,fork', '/dev/null'] as const),
    ]);
    const sockets = async (): Promise<string> =>
      (await amphora.exec(['ss', '--listening', '--tcp', '--numeric'], { inNamespace: true })).stdout;
    await expect.poll(sockets).toContain('127.0.0.1:9102');
    await upload('with metrics');
    await act('start');
    await expect.poll(amphora.agentLog).toContain('cannot start or stop the metrics proxy');
    await taken.stop();
    await expect.poll(scrape).toMatch(/200$/);
  });
});
