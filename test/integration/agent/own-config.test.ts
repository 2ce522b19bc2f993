import { chmod, open, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE, CLIENT_CA_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createController } from '../../../sandbox/controller/controller.ts';
import { type HealthManager, startHealthManager } from '../../../sandbox/controller/health-manager.ts';
import { TEMPORARY_PREFIX } from '../../../src/host/files.ts';
import { cutOff, putText } from '../../support/amphora/uploads.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';

const CANARY = 'canary-key-6f2f4a6e9d1c';

describe("the agent's own configuration", () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let original: string;
  let other: HealthManager;

  beforeAll(async () => {
    original = await amphora.readText(AGENT_CONFIG_FILE);
    other = await startHealthManager(world.lab.controller, CANARY);
  });

  afterAll(async () => {
    await other?.close();
  });

  const put = (text: string, path = '/1.0/config') => putText(world, amphora.controller, path, text);
  const stored = () => amphora.readText(AGENT_CONFIG_FILE);
  /** returns the configuration with other values of some options */
  const changed = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values).reduce(
      (text, [name, value]) => text.replace(new RegExp(`^${name} = .*$`, 'm'), () => `${name} = ${value}`),
      original,
    );
  /** The log comes through a pipe, which may deliver it after the answer. */
  const eventually = (what: () => unknown) => expect.poll(what);
  const replacements = () =>
    amphora
      .agentLog()
      .split('\n')
      .filter((line) => line.includes('configuration replaced'));
  const beats = (manager: HealthManager) => manager.next(({ id }) => id === amphora.id);

  it('with unchanged values is stored with its own mode and changes nothing', async () => {
    await chmod(amphora.box.file(AGENT_CONFIG_FILE), 0o644);
    for (const [path, text] of [
      ['/1.0/config', `# by a controller\n${original}`],
      ['/config', original],
    ] as const) {
      const answer = await put(text, path);
      expect(answer).toMatchObject({ status: 202, body: '{"message":"OK"}' });
      expect(answer.headers).not.toHaveProperty('etag');
      expect(await stored()).toBe(text);
    }
    expect((await amphora.exec(['stat', '-c', '%a', AGENT_CONFIG_FILE])).stdout).toBe('600\n');
  });

  it('moves the heartbeats to other controllers, with another key and at another rate, without a restart', async () => {
    const pid = amphora.agentPid();
    const answer = await put(
      changed({
        controller_ip_port_list: `${world.lab.controller}:${other.port}`,
        heartbeat_key: CANARY,
        heartbeat_interval: '2',
      }),
    );
    expect(answer).toMatchObject({ status: 202, body: '{"message":"OK"}' });
    const { message } = await beats(other);
    const silent = world.healthManager.heartbeats.length;
    const next = await other.next(({ seq }) => seq > message.seq);
    expect(next.message.seq).toBe(message.seq + 1);
    expect(world.healthManager.heartbeats).toHaveLength(silent);
    expect(other.refused).toEqual([]);
    expect(amphora.agentPid()).toBe(pid);

    expect((await put(original)).body).toBe('{"message":"OK"}');
    await beats(world.healthManager);
  });

  it('lists the options that need a restart, in the answer and in the log, until they are changed back', async () => {
    const text = changed({
      bind_port: '9444',
      loadbalancer_topology: 'ACTIVE_STANDBY',
      heartbeat_interval: '3',
    });
    const named = ['[haproxy_amphora] bind_port', '[controller_worker] loadbalancer_topology'];
    const expected = { message: 'OK', details: `Restart the agent for: ${named.join(', ')}` };
    for (const asked of [text, text]) {
      const answer = await put(asked);
      expect(answer.status).toBe(202);
      expect(JSON.parse(answer.body)).toEqual(expected);
    }
    await eventually(amphora.agentLog).toContain(
      `"applied":["[health_manager] heartbeat_interval"],"needRestart":${JSON.stringify(named)}`,
    );
    expect(await stored()).toBe(text);
    expect((await amphora.controller.request({ method: 'GET', path: '/1.0/info' })).status).toBe(200);
    expect((await put(original)).body).toBe('{"message":"OK"}');
  });

  it('leaves out an invalid controller, and the log says so', async () => {
    const list = `${world.lab.controller}:${other.port}, nowhere`;
    const answer = await put(changed({ controller_ip_port_list: list, heartbeat_key: CANARY }));
    expect(answer.status).toBe(202);
    await beats(other);
    await eventually(amphora.agentLog).toContain('\\"nowhere\\" is left out: it has no port');
    await put(original);
  });

  it.each([
    ['nothing', () => '', '[amphora_agent] amphora_id: is missing'],
    ['garbage', () => `garbage ${CANARY}`, 'line 1: neither a section'],
    ['an option out of its bounds', () => changed({ bind_port: '70000' }), '[haproxy_amphora] bind_port'],
    [
      'controllers without a key',
      () => original.replace(/^heartbeat_key.*$/m, ''),
      '[health_manager] heartbeat_key: is missing',
    ],
    ['a key that refers to nothing', () => changed({ heartbeat_key: `$${CANARY}` }), 'heartbeat_key'],
    [
      'a certificate that is not there',
      () => changed({ agent_server_cert: '/etc/octavia/certs/nowhere.pem' }),
      "[amphora_agent] agent_server_cert: can't read /etc/octavia/certs/nowhere.pem: no such file",
    ],
    [
      'a certificate without its key',
      () => changed({ agent_server_cert: '/etc/octavia/certs/client_ca.pem' }),
      '[amphora_agent] agent_server_cert: /etc/octavia/certs/client_ca.pem: it contains no private key',
    ],
    [
      'authorities that are none',
      () => changed({ agent_server_ca: '/etc/hostname' }),
      '[amphora_agent] agent_server_ca: /etc/hostname: it contains no certificate',
    ],
  ])('is not replaced by %s', async (_what, text, reason) => {
    const answer = await put(text());
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toEqual({
      message: 'Unable to update amphora-agent configuration.',
      details: expect.stringMatching(/^\/etc\/octavia\/amphora-agent\.conf: [^\n]+$/),
    });
    expect(answer.body).toContain(reason);
    expect(answer.body).not.toContain(CANARY);
    expect(await stored()).toBe(original);
    await beats(world.healthManager);
  });

  it.each(['length', 'chunked'] as const)(
    'is not replaced by an upload that is cut off (%s)',
    async (kind) => {
      const body = `${original}\n# the end\n`;
      for (const sent of [0, original.length, body.length - 1]) {
        await cutOff(world, amphora, { path: '/1.0/config', body, sent, kind });
      }
      expect(await stored()).toBe(original);
      const { stdout } = await amphora.exec(['ls', '-A', '/etc/octavia']);
      expect(stdout).toContain('amphora-agent.conf\n');
      expect(stdout).not.toContain(TEMPORARY_PREFIX);
    },
  );

  it('stays when its file cannot be written, and the answer says so', async () => {
    await amphora.exec(['mount', '--bind', AGENT_CONFIG_FILE, AGENT_CONFIG_FILE]);
    const answer = await put(`${original}# more\n`);
    await amphora.exec(['umount', AGENT_CONFIG_FILE]);
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toMatchObject({
      message: 'Unable to update amphora-agent configuration.',
      details: expect.stringMatching(/^\/etc\/octavia\/amphora-agent\.conf: EBUSY/),
    });
    expect(await stored()).toBe(original);
  });

  it('is one of the uploaded ones after many concurrent uploads, in force as it is stored', async () => {
    const before = replacements().length;
    const variants = ['1', '2', '3', '4'].map((interval) => changed({ heartbeat_interval: interval }));
    const answers = await Promise.all(
      variants.map(async (text) => {
        const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
        const another = await createController(target, world.pki);
        const answer = await putText(world, another, '/1.0/config', text);
        another.close();
        return answer.body;
      }),
    );
    expect(answers).toEqual(variants.map(() => '{"message":"OK"}'));
    expect(variants).toContain(await stored());
    await eventually(() => replacements().length).toBe(before + variants.length);
    // the same text changes nothing only if it is in force
    await put(await stored());
    await eventually(() => replacements().slice(before + variants.length)).toEqual([
      expect.stringContaining('"applied":[],"needRestart":[]'),
    ]);
    await put(original);
  });

  it('is used by the next start of the agent', async () => {
    await put(
      changed({ controller_ip_port_list: `${world.lab.controller}:${other.port}`, heartbeat_key: CANARY }),
    );
    await amphora.stopAgent('SIGKILL');
    await amphora.startAgent();
    await beats(other);
  });

  const rewrite = async (text: string): Promise<void> => {
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), text);
    const pid = amphora.agentPid();
    if (pid === undefined) throw new Error('the agent does not run');
    process.kill(pid, 'SIGHUP');
  };

  it('is read from a changed file on SIGHUP, unless the agent could not start with it', async () => {
    await rewrite(changed({ agent_server_cert: '/etc/octavia/certs/none.pem' }));
    await eventually(() => amphora.agentLog()).toContain('configuration file refused');
    expect(amphora.agentLog()).toContain("agent_server_cert: can't read /etc/octavia/certs/none.pem");
    await beats(other);
    await rewrite(original);
    await beats(world.healthManager);
  });

  it('is read from a changed file on SIGHUP while the agent starts', async () => {
    await amphora.stopAgent();
    const authorities = await amphora.readText(CLIENT_CA_FILE);
    const file = amphora.box.file(CLIENT_CA_FILE);
    const logged = amphora.agentLog().length;
    const log = () => amphora.agentLog().slice(logged);
    await rm(file);
    await amphora.exec(['mkfifo', CLIENT_CA_FILE]);
    const started = amphora.startAgent();
    // resolves when the agent reads the authorities, for which it has read its configuration
    const held = await open(file, 'w');

    await rewrite(changed({ heartbeat_interval: '2' }));
    await rm(file);
    await writeFile(file, authorities);
    await held.writeFile(authorities);
    await held.close();
    await started;
    await eventually(log).toContain('"applied":["[health_manager] heartbeat_interval"]');
    await rewrite(original);
    await eventually(() => log().split('configuration read again')).toHaveLength(3);
  });

  it('never shows an old, a new or a refused heartbeat key in the log', () => {
    const key = /^heartbeat_key = (\w+)$/m.exec(original)?.[1] ?? '';
    expect(key).not.toBe('');
    for (const secret of [key, CANARY]) expect(amphora.agentLog()).not.toContain(secret);
  });
});
