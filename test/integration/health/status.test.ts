import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

describe('GET /status and GET /status.json', () => {
  const { amphora, ask, must, balancer, vip } = usePluggedAmphora();
  const [member] = [() => balancer.members[0]?.id ?? ''];
  const broken = randomUUID();
  const status = async () => JSON.parse((await must('GET', '/status.json')).body);

  beforeAll(async () => {
    const [up] = balancer.members;
    const members = [...balancer.members, { id: broken, address: up?.address ?? '', port: 81 }];
    const text = haproxyConfigText({ ...balancer, members });
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: text.replace('retries 3', 'retries 2'),
    });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  });

  it('has the load balancer with its listener, pool and members', async () => {
    const found = await status();
    expect(found).toMatchObject({ amphora: amphora.id, ready: true, reasons: [] });
    expect(found.load_balancers).toMatchObject([
      {
        ...{ id: balancer.id, state: 'serves', vips: [vip()] },
        listeners: [{ id: balancer.listenerId, status: 'OPEN' }],
        pools: [{ id: balancer.poolId, listener: balancer.listenerId, status: 'UP' }],
      },
    ]);
    expect(found.load_balancers[0].pools[0].members.map(({ id }: { id: string }) => id)).toEqual([
      ...balancer.members.map(({ id }) => id),
      broken,
    ]);
  });

  it('has the last change and the check of each member, and says what to look at', async () => {
    const members = async () => (await status()).load_balancers[0].pools[0].members;
    await expect
      .poll(async () => (await members()).at(-1))
      .toMatchObject({
        ...{ id: broken, status: 'DOWN', address: expect.stringMatching(/:81$/), sessions: 0 },
        seconds_since_change: expect.any(Number),
        check: { status: 'L4CON', description: 'Layer4 connection problem', detail: 'Connection refused' },
      });
    expect((await members())[0]).toMatchObject({ status: 'UP', check: { status: 'L7OK' } });
    expect((await status()).attention).toEqual([
      expect.stringMatching(
        new RegExp(
          `^member ${broken} \\(.*:81\\) of pool .* is down for \\d+ s: L4CON, .*Connection refused`,
        ),
      ),
    ]);
  });

  it('has the VIP and the interface that has it, without VRRP', async () => {
    expect(await status()).toMatchObject({
      vips: [{ address: vip(), holder: 'this amphora', interface: 'eth1' }],
      vrrp: [],
    });
  });

  it('has the traffic that the heartbeats observed', async () => {
    const sum = (rates: readonly (number | null)[]): number =>
      rates.reduce<number>((all, one) => all + (one ?? 0), 0);
    await expect
      .poll(async () => {
        await amphora.exec(['curl', '--silent', '--max-time', '2', `http://${vip()}/`], {
          inNamespace: true,
        });
        const { traffic } = (await status()).load_balancers[0].listeners[0];
        return (
          traffic !== null &&
          [traffic.bytes_in, traffic.bytes_out, traffic.sessions].every((one) => sum(one) > 0)
        );
      })
      .toBe(true);
  });

  it('says why the last reloads were needed or avoided, the newest first', async () => {
    const { reloads } = await status();
    expect(reloads.recent).toMatchObject([
      {
        load_balancer: balancer.id,
        result: 'avoided (identical)',
        detail: expect.stringMatching(/^nothing changed/),
      },
      {
        load_balancer: balancer.id,
        result: 'done (other lines)',
        detail: 'the line retries of a section defaults',
      },
    ]);
  });

  it('is a text for curl', async () => {
    const { headers, body } = await must('GET', '/status');
    expect(headers['content-type']).toBe('text/plain; charset=UTF-8');
    expect(body).toContain(`load balancer ${balancer.id}: serves, VIP ${vip()}\n`);
    expect(body).toContain(`VIP ${vip()}: this amphora, on eth1\n`);
    expect(body).toContain(`    member ${member()}: UP`);
    expect(body).toMatch(
      new RegExp(`member ${broken}: DOWN for \\d+ s, .*:81, .*check: L4CON, .*Connection refused`),
    );
    expect(body).toMatch(/^ {4}bytes {4}[ ▁-█]+ \S+ k?B\/s in, /m);
  });

  it('is a page for a browser, which loads nothing and runs no script', async () => {
    const { headers, body } = await must('GET', '/status', { headers: { Accept: 'text/html,*/*' } });
    expect(headers['content-type']).toBe('text/html; charset=UTF-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    expect(body).toContain(`<code>${member()}</code>`);
    expect(body).not.toMatch(/<script|src=|href=|url\(/);
  });

  it('shows a haproxy that is stopped', async () => {
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/stop`);
    expect((await status()).load_balancers).toMatchObject([
      {
        state: 'stopped',
        listeners: [{ id: balancer.listenerId, status: 'stopped', connections: null }],
        pools: [],
      },
    ]);
    const { body } = await ask('GET', '/status');
    expect(body).toContain(`load balancer ${balancer.id}: stopped`);
  });
});
