import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { alwaysReload } from '../../support/haproxy/always-reload.ts';
import { type ServerStates, STATES_COMMAND, serverStates } from '../../support/haproxy/server-states.ts';
import { labListenerJson, labModel } from '../../support/models/lab-models.ts';
import { poolJson } from '../../support/models/models.ts';

/** haproxy takes more than health from its state file, over its configuration (haproxy/haproxy#2103). */
describe('a haproxy with a state file', () => {
  const { world, amphora, ask, must, balancer, vip } = usePluggedAmphora({ prepare: alwaysReload });
  let text: string;

  beforeAll(async () => {
    text = haproxyConfigText(balancer);
  });
  beforeEach(async () => {
    await ask('DELETE', `/1.0/listeners/${balancer.id}`);
  });

  type Sent = string | object;
  const upload = (sent: Sent) => {
    const body = typeof sent === 'string' ? { text: sent } : { json: sent };
    return must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, body);
  };
  const act = (action: string) => must('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`);
  const run = async (sent: Sent) => {
    await upload(sent);
    await act('reload');
  };
  /** Returns the text with changed lines of its members. */
  const withServers = (change: (line: string) => string): string =>
    text.replaceAll(/^ {4}server .*$/gm, change);
  const withWords = (words: string): string => withServers((line) => `${line} ${words}`);
  const atPort = (port: number): string => withServers((line) => line.replace(':80 ', `:${port} `));

  const file = (name: string): string => amphora.box.file(`/var/lib/octavia/${balancer.id}/${name}`);
  const atSocket = async (socket: string, input: string, id = balancer.id): Promise<string> => {
    const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${id}${socket}`] as const;
    const asked = () => amphora.exec(argv, { input: `${input}\n` });
    return (await vi.waitFor(asked, { timeout: 60_000 })).stdout;
  };
  const states = async (id = balancer.id): Promise<ServerStates> =>
    serverStates(await atSocket('.sock', STATES_COMMAND, id));
  /** Returns one column of the states of all members. */
  const column = async (name: string): Promise<(string | undefined)[]> =>
    Object.values((await states()).configured).map((values) => values[name]);
  const health = async (): Promise<string[]> => Object.values((await states()).health);
  const workerPid = async (): Promise<string> =>
    /^Pid: (\d+)$/m.exec(await atSocket('.sock', 'show info'))?.[1] ?? '';
  const command = (words: string): Promise<string> => {
    const { poolId, listenerId, members } = balancer;
    const servers = members.map(({ id }) => `@1 ${words.replace('SERVER', `${poolId}:${listenerId}/${id}`)}`);
    return atSocket('/master.sock', servers.join(';'));
  };

  /** Returns the distinct status codes of a few requests of a client. */
  const statuses = async (): Promise<string[]> => {
    const curl = ['curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}'] as const;
    const found = new Set<string>();
    for (let times = 0; times < 4; times += 1) {
      const { stdout } = await world.lab.client.run([...curl, `http://${vip()}/`], { timeoutMs: 30_000 });
      found.add(stdout);
    }
    return [...found];
  };
  const SERVED = ['200'];
  const UNSERVED = ['503'];
  const untilServed = () => expect.poll(statuses).toEqual(SERVED);
  const untilUnserved = () => expect.poll(statuses).toEqual(UNSERVED);
  const restart = async (): Promise<void> => {
    await act('stop');
    await act('start');
    await expect.poll(workerPid).not.toBe('');
  };

  /** Returns a model whose pool has a monitor and these fields. */
  const modelWith = (fields: object, port = 80): object => {
    const members = balancer.members.map((member) => ({ ...member, port }));
    const { default_pool } = labListenerJson({ ...balancer, members }) as { default_pool: object };
    const healthmonitor = { type: 'TCP', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1 };
    const pool = poolJson({ ...default_pool, healthmonitor, ...fields });
    return labModel(balancer, [labListenerJson(balancer, { default_pool: pool })]);
  };
  const modelAtPort = (port: number): object => modelWith({}, port);

  it.each<['text' | 'model']>([['text'], ['model']])(
    'checks a new port of the members of the %s, after a stop and a start too',
    async (kind) => {
      const at = kind === 'text' ? atPort : modelAtPort;
      await run(at(80));
      expect(await statuses()).toEqual(SERVED);
      await run(at(81));
      expect(await column('srv_port')).toEqual(['81', '81']);
      expect(await statuses()).toEqual(UNSERVED);
      await restart();
      expect(await column('srv_port')).toEqual(['81', '81']);
      await run(at(80));
      expect(await statuses()).toEqual(SERVED);
    },
  );

  it('checks a new monitor port, and the port of the member once the monitor has none', async () => {
    await run(withWords('port 81'));
    await untilUnserved();
    await run(withWords('port 80'));
    expect(await column('srv_check_port')).toEqual(['80', '80']);
    await untilServed();
    await run(withWords('port 81'));
    await untilUnserved();
    await run(text);
    expect(await column('srv_check_port')).toEqual(['0', '0']);
    await untilServed();
  });

  it('checks the address of the member once the monitor has none', async () => {
    await run(withWords('addr 127.0.0.1'));
    await untilUnserved();
    await run(text);
    expect(await column('srv_check_addr')).toEqual(['-', '-']);
    await untilServed();
  });

  it.each<[kind: string, plain: () => Sent, tls: () => Sent]>([
    ['text', () => text, () => withWords('ssl verify none no-check-ssl')],
    ['model', () => modelWith({ tls_enabled: false }), () => modelWith({ tls_enabled: true })],
  ])(
    'speaks TLS and never clear text to the members as soon as the %s enables TLS',
    async (_kind, plain, tls) => {
      await run(plain());
      expect(await statuses()).toEqual(SERVED);
      await run(tls());
      expect(await column('srv_use_ssl')).toEqual(['1', '1']);
      expect(await statuses()).toEqual(UNSERVED);
      await restart();
      expect(await statuses()).toEqual(UNSERVED);
      await run(plain());
      expect(await statuses()).toEqual(SERVED);
    },
  );

  it('has the weights and states of the configuration after a reload, although they were changed at run time', async () => {
    await run(text);
    await command('set server SERVER weight 77');
    await act('reload');
    expect(await column('weight')).toEqual(['1', '1']);
    for (const state of ['maint', 'drain']) {
      await command(`set server SERVER state ${state}`);
      await act('reload');
      expect(await column('srv_admin_state')).toEqual(['0', '0']);
    }
    const disabled = withWords('disabled');
    await run(disabled);
    await command('set server SERVER state ready');
    await act('reload');
    expect(await column('kind')).toEqual(['MAINT', 'MAINT']);
  });

  it('serves from members that were down when their monitor was deleted', async () => {
    await run(withWords('port 81'));
    await untilUnserved();
    await run(withServers((line) => line.replace(/ check .*/, '')));
    expect(await statuses()).toEqual(SERVED);
  });

  it('keeps a member down over a reload that does not change it, and starts without any state', async () => {
    const slow = withServers((line) => line.replace(/ check .*/, ' check inter 1h fall 100 rise 100'));
    await run(slow);
    await command('set server SERVER health down');
    await run(slow.replace('retries 3', 'retries 2'));
    expect(await health()).toEqual(['0', '0']);
    expect(await readFile(file('servers-state'), 'utf8')).toBe('1\n');
    await restart();
    expect(await health()).toEqual(['2', '2']);
  });

  it('causes no warning of haproxy -c', async () => {
    await run(text);
    await act('reload');
    const checked = await amphora.exec([
      'haproxy',
      '-c',
      '-f',
      `/var/lib/octavia/${balancer.id}/haproxy.cfg`,
    ]);
    expect(checked.output).not.toMatch(/state/);
  });

  it('checks a new port of the members of a listener of API 0.5', async () => {
    const { listenerId } = balancer;
    const runAt = async (port: number): Promise<void> => {
      const own = haproxyConfigText({ ...balancer, id: listenerId }).replaceAll(
        ':80 weight',
        `:${port} weight`,
      );
      await must('PUT', `/0.5/listeners/${amphora.id}/${listenerId}/haproxy`, { text: own });
      await must('PUT', `/0.5/listeners/${listenerId}/reload`);
    };
    await runAt(80);
    await runAt(81);
    const { configured } = await states(listenerId);
    expect(Object.values(configured).map(({ srv_port }) => srv_port)).toEqual(['81', '81']);
    await ask('DELETE', `/0.5/listeners/${listenerId}`);
  });

  describe('left by another agent', () => {
    /** The states that Octavia's agent saves before a reload that changes the port from 80 to 81. */
    let left: string;
    beforeEach(async () => {
      await run(atPort(80));
      left = await atSocket('.sock', 'show servers state');
      await run(atPort(81));
    });
    const leave = () => writeFile(file('servers-state'), left);
    const kill = async (signal: 'KILL' | 'USR2'): Promise<void> => {
      const before = await workerPid();
      await amphora.exec(['kill', `-${signal}`, (await readFile(file(`${balancer.id}.pid`), 'utf8')).trim()]);
      if (signal === 'USR2' || amphora.agentPid() !== undefined)
        await expect.poll(workerPid).not.toBe(before);
    };

    it('does not read it in a crash after the start of our agent', async () => {
      await amphora.stopAgent();
      await leave();
      await amphora.startAgent();
      await kill('KILL');
      expect(await column('srv_port')).toEqual(['81', '81']);
    });

    it('does not read it if our agent starts it at its own start', async () => {
      await amphora.stopAgent();
      await leave();
      await kill('KILL');
      await amphora.startAgent();
      expect(await column('srv_port')).toEqual(['81', '81']);
    });

    it('does not read it at a start, nor after a crash that follows an upload', async () => {
      await act('stop');
      await leave();
      await act('start');
      expect(await column('srv_port')).toEqual(['81', '81']);
      await leave();
      await upload(atPort(82));
      await kill('KILL');
      expect(await column('srv_port')).toEqual(['82', '82']);
    });

    it('does not read it after a rollback by hand without the agent', async () => {
      await amphora.stopAgent();
      await leave();
      const config = ['--config-file', '/etc/octavia/amphora-agent.conf'] as const;
      await amphora.exec([...PROGRAMS.agent, ...config, 'rollback', balancer.id] as never);
      expect(await column('srv_port')).toEqual(['80', '80']);
      expect(await readFile(file('servers-state'), 'utf8')).toBe('1\n');
      await amphora.startAgent();
    });

    it('has the right states after the next reload, if it has read it before', async () => {
      await amphora.stopAgent();
      await leave();
      await kill('USR2');
      expect(await column('srv_port')).toEqual(['80', '80']);
      await amphora.startAgent();
      await act('reload');
      expect(await column('srv_port')).toEqual(['81', '81']);
      expect(await statuses()).toEqual(UNSERVED);
    });
  });
});
