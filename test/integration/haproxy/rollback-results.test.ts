import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { md5 } from '../../support/md5.ts';

const Status = z.object({
  attention: z.array(z.string()),
  reloads: z.object({ recent: z.array(z.object({ result: z.string(), rollback: z.string().nullable() })) }),
});

describe('what is known about rollbacks', () => {
  const { amphora, ask, balancer, vip } = usePluggedAmphora();
  let text: string;

  beforeAll(() => {
    text = haproxyConfigText(balancer);
  });
  beforeEach(async () => {
    await ask('DELETE', `/1.0/listeners/${balancer.id}`);
  });

  const upload = async (body: string): Promise<void> => {
    const path = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
    expect((await ask('PUT', path, { text: body })).status).toBe(202);
  };
  const act = async (action: string): Promise<number> =>
    (await ask('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`)).status;
  const run = async (body: string): Promise<number> => {
    await upload(body);
    return act('reload');
  };
  const variant = (retries: number): string => text.replace('retries 3', `retries ${retries}`);
  /** Returns a configuration with a range of ports: only haproxy finds out that one is in use. */
  const withPorts = (body: string): string =>
    body.replace(/^ {4}bind .*$/m, `$&\n    bind ${vip()}:8080-8081`);
  /** Does something while another program has the port 8080. */
  const occupied = async (use: () => Promise<unknown>): Promise<void> => {
    const listen = `TCP-LISTEN:8080,bind=${vip()},fork`;
    const inNamespace = ['ip', 'netns', 'exec', AMPHORA_NAMESPACE] as const;
    const squatter = await amphora.box.start([...inNamespace, 'socat', listen, '-']);
    try {
      await use();
    } finally {
      await squatter.stop();
    }
  };
  /** Returns the numbers of rollbacks above 0, by cause and result. */
  const rollbacks = async (): Promise<Record<string, number>> => {
    const { body } = await ask('GET', '/metrics');
    const samples = body.matchAll(/^amphora_agent_rollbacks_total\{cause="(.+)",result="(.+)"\} (\d+)$/gm);
    return Object.fromEntries(
      [...samples].flatMap(([, cause, result, count]) =>
        count === '0' ? [] : [[`${cause}: ${result}`, Number(count)]],
      ),
    );
  };
  /** Does something, and returns the rollbacks that it caused. */
  const rollbacksDuring = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
    const before = await rollbacks();
    await work();
    return Object.fromEntries(
      Object.entries(await rollbacks()).flatMap(([name, count]) =>
        count === before[name] ? [] : [[name, count - (before[name] ?? 0)]],
      ),
    );
  };
  const lastReload = async () => {
    const { attention, reloads } = Status.parse((await ask('GET', '/status.json')).json);
    return {
      rollback: reloads.recent[0]?.rollback,
      attention: attention.filter((one) => one.includes('reload')),
    };
  };

  it('has a reload that was rolled back', async () => {
    await run(text);
    const counted = await rollbacksDuring(() =>
      occupied(async () => expect(await run(withPorts(text))).toBe(500)),
    );
    expect(counted).toEqual({ 'failure: rolled back': 1 });
    expect(await lastReload()).toEqual({
      rollback: 'rolled back',
      attention: [expect.stringMatching(/failed at .* and was rolled back: the former configuration runs$/)],
    });
    expect(await run(variant(2))).toBe(202);
    expect(await lastReload()).toEqual({ rollback: null, attention: [] });
  });

  it('has no rollback of a haproxy that got no order, because its master was silent', async () => {
    await run(text);
    const pid = await amphora.readText(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`);
    await upload(variant(2));
    const counted = await rollbacksDuring(async () => {
      await amphora.exec(['kill', '-STOP', pid.trim()]);
      expect(await act('reload')).toBe(500);
      await amphora.exec(['kill', '-CONT', pid.trim()]);
    });
    expect(counted).toEqual({});
    expect(await lastReload()).toEqual({
      rollback: 'not rolled back',
      attention: [expect.stringMatching(/failed at .* and was not rolled back: /)],
    });
  });

  it('has a rollback to a damaged copy, after which haproxy runs what it ran before', async () => {
    await run(text);
    await amphora.exec([
      'sh',
      '-c',
      `echo '# damaged' | tee -a /var/lib/octavia/${balancer.id}/history/*${md5(text)}*`,
    ]);
    const counted = await rollbacksDuring(() =>
      occupied(async () => expect(await run(withPorts(text))).toBe(500)),
    );
    expect(counted).toEqual({ 'failure: copy damaged': 1 });
    expect(await lastReload()).toEqual({
      rollback: 'copy damaged',
      attention: [expect.stringContaining('the copy of the former configuration is damaged')],
    });
  });

  it('has a start without an earlier configuration, and one whose earlier configuration does not run either', async () => {
    await upload(withPorts(text));
    expect(await rollbacksDuring(() => occupied(() => act('start')))).toEqual({
      'failure: nothing to roll back to': 1,
    });
    expect(await run(withPorts(text))).toBe(202);
    await act('stop');
    await upload(withPorts(variant(2)));
    expect(await rollbacksDuring(() => occupied(() => act('start')))).toEqual({
      'failure: does not run either': 1,
    });
  });

  it('has a rollback that somebody asked for', async () => {
    await run(variant(1));
    await run(variant(2));
    const path = `/loadbalancer/${balancer.id}/rollback`;
    const counted = await rollbacksDuring(async () => expect((await ask('POST', path)).status).toBe(200));
    expect(counted).toEqual({ 'request: rolled back': 1 });
  });
});
