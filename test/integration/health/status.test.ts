import { beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

describe('GET /status and GET /status.json', () => {
  const { amphora, ask, must, balancer, vip } = usePluggedAmphora();
  const [member] = [() => balancer.members[0]?.id ?? ''];

  beforeAll(async () => {
    const text = haproxyConfigText(balancer);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: text.replace('retries 3', 'retries 2'),
    });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  });

  it('has the load balancer with its listener, pool and members', async () => {
    const status = JSON.parse((await must('GET', '/status.json')).body);
    expect(status).toMatchObject({ amphora: amphora.id, ready: true, reasons: [] });
    expect(status.load_balancers).toMatchObject([
      {
        ...{ id: balancer.id, state: 'serves', vips: [vip()] },
        listeners: [{ id: balancer.listenerId, status: 'OPEN' }],
        pools: [{ id: balancer.poolId, listener: balancer.listenerId, status: 'UP' }],
      },
    ]);
    expect(status.load_balancers[0].pools[0].members.map(({ id }: { id: string }) => id)).toEqual(
      balancer.members.map(({ id }) => id),
    );
  });

  it('says why the last reloads were needed or avoided, the newest first', async () => {
    const { reloads } = JSON.parse((await must('GET', '/status.json')).body);
    expect(reloads.recent).toMatchObject([
      { load_balancer: balancer.id, result: 'avoided (identical)', detail: '' },
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
    expect(body).toContain(`    member ${member()}: UP`);
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
    const { body } = await ask('GET', '/status');
    expect(body).toContain(`load balancer ${balancer.id}: stopped`);
  });
});
