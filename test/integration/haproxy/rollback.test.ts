import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import type { BoxProcess } from '../../../sandbox/lab/box.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { fetchThroughVip, first, PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { md5 } from '../../support/md5.ts';
import { labModel } from '../../support/models/lab-models.ts';

describe('the configuration of haproxy that ran last', () => {
  const { world, amphora, ask, balancer, vip } = usePluggedAmphora();
  let text: string;

  beforeAll(async () => {
    text = haproxyConfigText(balancer);
  });
  beforeEach(async () => {
    await ask('DELETE', `/1.0/listeners/${balancer.id}`);
  });

  const target = (): string => `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  const upload = (body: string) => ask('PUT', target(), { text: body });
  const act = (action: string) => ask('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`);
  const stored = async () => (await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`)).body;
  const run = async (body: string) => {
    expect((await upload(body)).status).toBe(202);
    return act('reload');
  };
  const variant = (retries: number): string => text.replace('retries 3', `retries ${retries}`);
  /** Returns a configuration with a range of ports: only haproxy finds out that one is in use. */
  const unbindable = (): string =>
    text.replace(/^ {4}bind .*$/m, (line) => `${line}\n    bind ${vip()}:8080-8081`);
  const occupied = async <Result>(use: () => Promise<Result>): Promise<Result> => {
    const listen = `TCP-LISTEN:8080,bind=${vip()},fork`;
    const squatter: BoxProcess = await amphora.box.start([
      'ip',
      'netns',
      'exec',
      AMPHORA_NAMESPACE,
      'socat',
      listen,
      '-',
    ]);
    try {
      return await use();
    } finally {
      await squatter.stop();
    }
  };
  const atSocket = async (socket: string, command: string): Promise<string> =>
    (
      await amphora.exec(['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${socket}`], {
        input: `${command}\n`,
      })
    ).stdout;
  const masterSays = () => atSocket(`${balancer.id}/master.sock`, 'show proc');
  const command = (...args: string[]) =>
    amphora.exec([...PROGRAMS.agent, '--config-file', '/etc/octavia/amphora-agent.conf', ...args] as never, {
      okCodes: [0, 1, 2],
    });
  const history = async (): Promise<
    { md5: string; state: string; withoutReload: boolean; listeners: string[]; missing: string[] }[]
  > => JSON.parse((await command('history', balancer.id, '--json')).stdout);

  it('does not exist after a start whose worker ended at once, although the check and the master reported success', async () => {
    expect((await upload(text.replace('global\n', 'global\n    chroot /nonexistent\n'))).status).toBe(202);
    const started = await act('start');
    expect(started.json).toMatchObject({
      message: 'Error starting haproxy',
      details: expect.stringMatching(/^\[ALERT\].*Cannot chroot\(\/nonexistent\)/m),
    });
    // haproxy is started again and again: a reload may find a master whose worker has just ended
    const reloaded = await act('reload');
    expect(reloaded.json).toMatchObject({
      message: expect.stringMatching(/^Error (starting|reloading) haproxy$/),
    });
    for (const answer of [started, reloaded]) {
      expect(answer.status).toBe(500);
      expect((await history()).map(({ md5: kept }) => kept)).toEqual([]);
    }
  });

  it('runs again after a reload whose worker ended at once and took haproxy with it', async () => {
    expect((await run(text)).status).toBe(202);
    const answer = await run(text.replace('global\n', 'global\n    chroot /nonexistent\n'));
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ details: expect.stringContaining('Cannot chroot(/nonexistent)') });
    expect(answer.json).toMatchObject({ details: expect.stringContaining(`rolled back to ${md5(text)}`) });
    expect(await stored()).toBe(text);
    expect(await fetchThroughVip(world.lab, vip())).toContain('member');
  });

  it('is on disk and runs after a failed reload, under a working master', async () => {
    expect((await run(text)).status).toBe(202);
    const answer = await occupied(() => run(unbindable()));
    expect(answer.status).toBe(500);
    expect(answer.json).toHaveProperty('details', expect.stringMatching(/cannot bind/i));
    expect(answer.json).toHaveProperty(
      'details',
      expect.stringMatching(new RegExp(`\nrolled back to ${md5(text)}$`)),
    );
    expect(await stored()).toBe(text);
    expect(await masterSays()).toMatch(/^\d+\s+master\s+\d+\s+\[failed: 0\]/m);
    expect(await masterSays()).toMatch(/^# workers\n\d+\s+worker/m);
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
    expect(await amphora.readText(`/var/lib/octavia/${balancer.id}/haproxy.cfg.new-failed`)).toBe(
      unbindable(),
    );
    expect((await run(variant(2))).status).toBe(202);
  });

  it('is used by a haproxy that crashes after a failed reload', async () => {
    await run(text);
    await occupied(() => run(unbindable()));
    const pid = (await amphora.readText(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`)).trim();
    await occupied(async () => {
      await amphora.exec(['kill', '-KILL', pid]);
      await expect.poll(() => fetchThroughVip(world.lab, vip())).toBeDefined();
    });
  });

  it('is put back and runs after a failed start', async () => {
    await run(text);
    await act('stop');
    await upload(unbindable());
    const answer = await occupied(() => act('start'));
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({
      message: 'Error starting haproxy',
      details: expect.stringMatching(new RegExp(`\nrolled back to ${md5(text)}$`)),
    });
    expect(await stored()).toBe(text);
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
  });

  it('is not rolled back to if it does not exist or is the one on disk', async () => {
    await upload(unbindable());
    const firstEver = await occupied(() => act('start'));
    expect(firstEver.status).toBe(500);
    expect(firstEver.json).toHaveProperty(
      'details',
      expect.stringContaining('nothing to roll back to: no configuration of this load balancer has run yet'),
    );
    expect(await stored()).toBe(unbindable());
    expect((await run(unbindable())).status).toBe(202);
    await act('stop');
    const again = await occupied(() => act('start'));
    expect(again.json).toHaveProperty(
      'details',
      expect.stringContaining(`nothing to roll back to: ${md5(unbindable())} is the one that ran last`),
    );
  });

  it('is put back together with its model', async () => {
    await ask('PUT', target(), { json: labModel(balancer) });
    await act('start');
    const answer = await occupied(() => run(unbindable()));
    expect(answer.json).toHaveProperty('details', expect.stringContaining('rolled back to'));
    const headers = { accept: 'application/json' };
    const model = await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`, { headers });
    expect(model.json).toEqual(labModel(balancer));
  });

  it.each([
    ['has failed', false],
    ['goes on', true],
  ])('is put back by the next agent if an agent was killed and its reload %s', async (_how, goesOn) => {
    await run(text);
    await upload(unbindable());
    await occupied(async () => {
      const pid = (await amphora.readText(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`)).trim();
      await amphora.stopAgent('SIGKILL');
      await amphora.exec(['kill', '-USR2', pid]);
      if (goesOn) await amphora.exec(['kill', '-STOP', pid]);
      else await expect.poll(masterSays).toMatch(/failed: [^0]/);
      await amphora.startAgent();
      if (goesOn) await amphora.exec(['kill', '-CONT', pid]);
      await expect.poll(stored).toBe(text);
      await expect.poll(() => masterSays().catch(() => '')).toMatch(/failed: 0\][^#]*# workers\n\d/);
    });
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
  });

  it('is known even if the agent was killed before it could store it', async () => {
    await run(text);
    await upload(variant(2));
    const pid = (await amphora.readText(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`)).trim();
    const worker = await atSocket(`${balancer.id}.sock`, 'show info');
    await amphora.exec(['kill', '-USR2', pid]);
    await expect
      .poll(() => atSocket(`${balancer.id}.sock`, 'show info').catch(() => worker))
      .not.toContain(/^Pid: .*$/m.exec(worker)?.[0]);
    const answer = await occupied(() => run(unbindable()));
    expect(answer.json).toHaveProperty(
      'details',
      expect.stringContaining(`rolled back to ${md5(variant(2))}`),
    );
  });

  it('is one of five that are kept for root only, and can be listed', async () => {
    for (let retries = 1; retries <= 7; retries += 1) expect((await run(variant(retries))).status).toBe(202);
    await run(variant(5));
    expect((await history()).map((entry) => [entry.md5, entry.state])).toEqual(
      [5, 7, 6, 4, 3].map((retries, index) => [md5(variant(retries)), index === 0 ? 'runs' : '']),
    );
    expect(first(await history()).listeners).toEqual([balancer.listenerId]);
    const directory = `/var/lib/octavia/${balancer.id}/history`;
    const { stdout } = await amphora.exec(['sh', '-c', `stat -c %a ${directory} ${directory}/*`]);
    expect(stdout).toBe(`700\n${'600\n'.repeat(5)}`);
    expect((await command('history', balancer.id)).stdout).toContain(md5(variant(7)));
  });

  it('says whether it came into force without a reload', async () => {
    const heavy = variant(1).replaceAll(' weight 1 ', ' weight 9 ');
    const marks = async () => (await history()).slice(0, 2).map((entry) => [entry.md5, entry.withoutReload]);
    await run(variant(1));
    await run(heavy);
    expect(await marks()).toEqual([
      [md5(heavy), true],
      [md5(variant(1)), false],
    ]);
    expect((await command('history', balancer.id)).stdout).toContain('without reload');
    await run(variant(2));
    await run(heavy);
    expect(await marks()).toEqual([
      [md5(heavy), false],
      [md5(variant(2)), false],
    ]);
    expect((await command('history', balancer.id)).stdout).not.toContain('without reload');
  });

  it('can be replaced by an earlier one by hand, with and without the agent', async () => {
    await run(variant(1));
    await run(variant(2));
    await run(variant(3));
    expect((await command('rollback', balancer.id)).stdout).toBe(`rolled back to ${md5(variant(2))}\n`);
    expect(await stored()).toBe(variant(2));
    await amphora.stopAgent();
    expect((await command('rollback', balancer.id, md5(variant(1)))).stdout).toContain(md5(variant(1)));
    expect((await command('rollback', balancer.id, '3')).stdout).toContain(md5(variant(3)));
    expect((await command('rollback', balancer.id, '9')).output).toContain('Error: no kept-configuration 9');
    expect((await command('rollback', '../x')).exitCode).toBe(2);
    await amphora.startAgent();
    expect(await stored()).toBe(variant(3));
    expect((await run(variant(4))).status).toBe(202);
    await act('stop');
    expect((await command('rollback', balancer.id)).stdout).toContain('haproxy does not run');
    expect((await act('start')).status).toBe(202);
    expect((await history()).map((entry) => entry.md5)).toEqual(
      [3, 4, 1, 2].map((retries) => md5(variant(retries))),
    );
  });

  it('stays if the earlier configuration no longer runs', async () => {
    await run(unbindable());
    await run(text);
    const { output, exitCode } = await occupied(() => command('rollback', balancer.id));
    expect(exitCode).toBe(1);
    expect(output).toContain(`rolled back to ${md5(text)}`);
    expect(await stored()).toBe(text);
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
  });

  it('cannot be replaced by one with deleted certificates, which the command names', async () => {
    const path = `/1.0/loadbalancer/${balancer.id}/certificates/own.pem`;
    await amphora.exec(['sh', '-c', `mkdir -p /var/lib/octavia/certs/${balancer.id}`]);
    const certificate = await amphora.readText('/etc/octavia/certs/server.pem');
    expect(await ask('PUT', path, { text: certificate })).toMatchObject({ status: 200 });
    const file = `/var/lib/octavia/certs/${balancer.id}/own.pem`;
    const withCertificate = text.replace(
      /^ {4}bind .*$/m,
      (line) => `${line}\n    bind ${vip()}:443 ssl crt ${file}`,
    );
    for (const body of [withCertificate, text]) expect(await run(body)).toMatchObject({ status: 202 });
    expect(await ask('DELETE', path)).toMatchObject({ status: 200 });
    expect((await history())[1]).toMatchObject({ missing: [file] });
    expect((await command('history', balancer.id)).stdout).toContain(`gone: ${file}`);
    const { exitCode, output } = await command('rollback', balancer.id);
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining('own.pem') });
    expect(await stored()).toBe(text);
  });
});
