import { beforeAll, describe, expect, it, vi } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { startCurlTraffic } from '../../bench/load/traffic.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

describe('a reload that changes only members', () => {
  const { world, amphora, must, ask, balancer, vip } = usePluggedAmphora({ members: 3 });
  let text: string;

  const upload = (body: string) =>
    must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: body });
  const reload = () => must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  const run = async (body: string) => {
    await upload(body);
    return reload();
  };
  const atSocket = async (command: string): Promise<string> => {
    const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${balancer.id}.sock`] as const;
    return (await amphora.exec(argv, { input: `${command}\n` })).stdout;
  };
  /** process id of the worker, and its start in ticks of the kernel's clock */
  const worker = async (): Promise<string> => {
    const pid = /^Pid: (\d+)$/m.exec(await atSocket('show info'))?.[1] ?? '';
    const { stdout } = await amphora.exec(['cat', `/proc/${pid}/stat`]);
    return `${pid} ${stdout.slice(stdout.lastIndexOf(')')).split(' ')[20]}`;
  };
  /** the members that answer the next requests */
  const answering = async (): Promise<string[]> => {
    const found = new Set<string>();
    for (let times = 0; times < 12; times += 1) {
      const { stdout } = await world.lab.client.run(['curl', '--silent', `http://${vip()}/`], {
        timeoutMs: 30_000,
      });
      found.add(stdout.split(' ')[0] ?? '');
    }
    return [...found].toSorted();
  };
  const withoutMember = (index: number): string =>
    text.replace(new RegExp(`^ {4}server ${balancer.members[index]?.id} .*\n`, 'm'), '');
  const decisions = (): string[] =>
    amphora
      .agentLog()
      .split('\n')
      .filter((line) => /reload of haproxy (?:avoided|needed)/.test(line));

  beforeAll(async () => {
    text = haproxyConfigText(balancer);
    await upload(text);
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    await vi.waitFor(async () => expect(await answering()).toHaveLength(3), { timeout: 60_000 });
  });

  it('keeps the worker, answers as a reload does, and serves with the new members', async () => {
    const before = await worker();
    const traffic = await startCurlTraffic(world.lab, `http://${vip()}/`, { kept: true, timeoutSeconds: 60 });
    const answer = await run(withoutMember(2));
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.body)).toEqual({ message: 'OK', details: `Listener ${balancer.id} reloaded` });
    expect(await answering()).toEqual(['member1', 'member2']);
    await run(withoutMember(1).replace(/ weight 1 /g, ' weight 9 '));
    expect(await answering()).toEqual(['member1', 'member3']);
    await run(text);
    expect(await answering()).toEqual(['member1', 'member2', 'member3']);
    await run(text.replace(/^( {4}server .*)$/m, '$1 disabled'));
    expect(await answering()).toEqual(['member2', 'member3']);
    await run(text);
    await expect.poll(answering).toEqual(['member1', 'member2', 'member3']);
    expect(await worker()).toBe(before);
    expect((await traffic.stop()).complaints).toBe('');
  });

  it('sends the text that runs, and lists it as the last one', async () => {
    await run(withoutMember(0));
    const stored = await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`);
    expect(stored.body).toBe(withoutMember(0));
    const history = await amphora.exec(['ls', `/var/lib/octavia/${balancer.id}/history`]);
    expect(history.stdout.trim().split('\n').at(-1)).toContain(stored.headers['etag']);
    await run(text);
  });

  it('does nothing for the text that runs already, and advertises the VIP all the same', async () => {
    const before = await worker();
    const isGratuitous = 'arp[14:4] == arp[24:4]';
    const tcpdump = ['timeout', '20', 'tcpdump', '-n', '-l', '-c', '1', '-i', 'eth1', isGratuitous] as const;
    let isOver = false;
    const capture = amphora.exec(['ip', 'netns', 'exec', 'amphora-haproxy', ...tcpdump]).finally(() => {
      isOver = true;
    });
    // tcpdump takes a moment until it captures; the last run ends before the next test begins
    const runs = async (): Promise<void> => {
      while (!isOver) await run(text);
    };
    const [{ stdout: frame }] = await Promise.all([capture, runs()]);
    await expect.poll(() => decisions().at(-1)).toContain('"by":"identical"');
    expect(frame).toContain(`who-has ${vip()} (ff:ff:ff:ff:ff:ff) tell ${vip()}`);
    expect(await worker()).toBe(before);
  });

  it('does a reload for any other line, and names the reason', async () => {
    const before = await worker();
    await run(text.replace('retries 3', 'retries 2'));
    expect(await worker()).not.toBe(before);
    await expect
      .poll(() => decisions().at(-1))
      .toContain('"reason":"other lines","detail":"the line retries of a section defaults"');
    await run(text);
  });

  it('does a reload when somebody added a member by hand', async () => {
    const before = await worker();
    const pool = `${balancer.poolId}:${balancer.listenerId}`;
    const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${balancer.id}/master.sock`] as const;
    await amphora.exec(argv, { input: `@1 add server ${pool}/stranger 192.0.2.1:80\n` });
    await run(withoutMember(2));
    await expect.poll(() => decisions().at(-1)).toContain('"reason":"worker differs"');
    expect(await worker()).not.toBe(before);
    expect(await atSocket('show servers state')).not.toContain('stranger');
    await run(text);
  });

  it('does a reload of a member after a worker crashed', async () => {
    const [pid = ''] = (await worker()).split(' ');
    await amphora.exec(['kill', '-KILL', pid]);
    await expect
      .poll(async () => (await worker().catch(() => pid)).split(' ')[0], { interval: 100 })
      .not.toBe(pid);
    await run(withoutMember(2));
    expect(await answering()).toEqual(['member1', 'member2']);
    await run(text);
  });
});
