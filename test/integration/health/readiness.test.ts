import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE, CLIENT_CA_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { createRecordingAuthority } from '../../support/certificates/openssl-authority.ts';

describe('GET /livez and GET /readyz', () => {
  const { world, amphora, ask, must, balancer } = usePluggedAmphora();

  const ready = async () => {
    const { status, body } = await ask('GET', '/readyz');
    return { status, lines: body.trimEnd().split('\n') };
  };
  const signal = async (name: string): Promise<void> => {
    const { stdout } = await amphora.exec(['cat', `/var/lib/octavia/${balancer.id}/${balancer.id}.pid`]);
    const { stdout: children } = await amphora.exec(['pgrep', '--parent', stdout.trim()]);
    await amphora.exec(['kill', `-${name}`, ...children.trim().split('\n')]);
  };

  beforeAll(async () => {
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: haproxyConfigText(balancer),
    });
  });

  it('answers that the agent lives', async () => {
    expect(await ask('GET', '/livez')).toMatchObject({ status: 200, body: 'alive\n' });
  });

  it('is ready with a load balancer that serves, and notes one that is stopped', async () => {
    const note = `note: load balancer ${balancer.id} is stopped: a controller stopped it or has not started it yet`;
    await expect.poll(ready).toEqual({ status: 200, lines: ['ready', note] });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    expect(await ready()).toEqual({ status: 200, lines: ['ready'] });
  });

  it('names a haproxy that somebody else than a controller stopped', async () => {
    const orders = `/var/lib/octavia/${balancer.id}/orders.json`;
    const ordered = await amphora.readText(orders);
    expect(JSON.parse(ordered)).toMatchObject({ wanted: 'running' });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/stop`);
    expect(JSON.parse(await amphora.readText(orders))).toMatchObject({ wanted: 'stopped' });
    // as if the stop above had not come from a controller
    await amphora.exec(['sh', '-c', `echo '${ordered.trim()}' > ${orders}`]);
    expect((await ready()).lines[1]).toMatch(/^- haproxy of load balancer \S+ does not run: start it /);
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    expect(await ready()).toEqual({ status: 200, lines: ['ready'] });
  });

  it('names a haproxy that hangs', async () => {
    await signal('STOP');
    const reason = `- haproxy of load balancer ${balancer.id} runs but does not answer: reload it (PUT /1.0/loadbalancer/${balancer.id}/reload), or restart haproxy-${balancer.id}.service`;
    expect(await ready()).toEqual({ status: 503, lines: ['not ready', reason] });
    await signal('CONT');
    expect(await ready()).toEqual({ status: 200, lines: ['ready'] });
  });

  it('names an interface that is down, and one that is missing', async () => {
    await amphora.exec(['ip', '-n', 'amphora-haproxy', 'link', 'set', 'eth1', 'down']);
    expect(await ready()).toMatchObject({
      status: 503,
      lines: ['not ready', '- interface eth1 is down: amphora-interface up eth1'],
    });
    await amphora.exec(['ip', '-n', 'amphora-haproxy', 'link', 'set', 'eth1', 'name', 'stray']);
    expect((await ready()).lines[1]).toMatch(
      /^- interface eth1 \(MAC address \S+\) has a file but is not in the namespace/,
    );
    await amphora.exec(['ip', '-n', 'amphora-haproxy', 'link', 'set', 'stray', 'name', 'eth1']);
    await amphora.exec(['ip', '-n', 'amphora-haproxy', 'link', 'set', 'eth1', 'up']);
    expect((await ready()).status).toBe(200);
  });

  const agent = [...PROGRAMS.agent, '--config-file', AGENT_CONFIG_FILE] as const;
  const onAmphora = async (command = 'ready') => {
    const { exitCode, output } = await amphora.exec([...agent, command], { okCodes: [0, 1, 2] });
    return { exitCode, output };
  };

  it('answers the command ready on the amphora, by its exit code too', async () => {
    expect(await onAmphora()).toEqual({ exitCode: 0, output: 'ready\n' });
    await amphora.exec(['ip', '-n', 'amphora-haproxy', 'link', 'set', 'eth1', 'down']);
    expect(await onAmphora()).toEqual({
      exitCode: 1,
      output: 'not ready\n- interface eth1 is down: amphora-interface up eth1\n',
    });
    await amphora.exec(['ip', '-n', 'amphora-haproxy', 'link', 'set', 'eth1', 'up']);
    await amphora.stopAgent();
    expect(await onAmphora()).toMatchObject({
      exitCode: 2,
      output: expect.stringMatching(/^the agent does not answer/),
    });
    await amphora.startAgent();
    expect(await onAmphora()).toEqual({ exitCode: 0, output: 'ready\n' });
  });

  it('names a certificate of a listener that is not valid yet', async () => {
    const { directory, serverAuthority } = world.pki;
    const recording = await createRecordingAuthority(serverAuthority, directory);
    const request = { name: 'future', commonName: 'www.example.org', purpose: 'server' } as const;
    const pem = await readFile(await recording.issueFor('future', request), 'utf8');
    const path = `/1.0/loadbalancer/${balancer.id}/certificates/${'a'.repeat(40)}.pem`;
    await must('PUT', path, { text: pem });
    expect((await ready()).lines).toContainEqual(
      expect.stringMatching(
        /^- certificate \S+a\.pem is not valid before 2090-01-01T00:00:00.000Z, and the clock/,
      ),
    );
    await must('DELETE', path);
    expect((await ready()).status).toBe(200);
  });

  it('names an expired authority that locks the controllers out, on the amphora and by check', async () => {
    const fault = `the authorities of controllers in ${CLIENT_CA_FILE} (agent_server_ca) expired, the last on 2021-01-01T00:00:00.000Z`;
    const { directory, clientAuthority } = world.pki;
    const before = await amphora.readText(CLIENT_CA_FILE);
    const recording = await createRecordingAuthority(clientAuthority, directory);
    const request = { name: 'old-authority', commonName: 'old', purpose: 'client' } as const;
    const expired = await readFile(await recording.issueFor('past', request), 'utf8');
    await amphora.exec(['tee', CLIENT_CA_FILE], { input: expired });
    expect(await onAmphora('ready')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining(`- ${fault}, so the agent refuses all controllers: put`),
    });
    expect(await onAmphora('check')).toMatchObject({
      exitCode: 2,
      output: expect.stringContaining(`broken: ${CLIENT_CA_FILE}: ${fault}`),
    });
    await amphora.exec(['tee', CLIENT_CA_FILE], { input: `${expired}\n${before}` });
    expect(await onAmphora('ready')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(`note: an authority of controllers in ${CLIENT_CA_FILE} expired`),
    });
    const metrics = async () => (await ask('GET', '/metrics')).body;
    await expect
      .poll(metrics)
      .toContain(`amphora_agent_certificate_expiry_timestamp_seconds{file="${CLIENT_CA_FILE}"} `);
    await amphora.exec(['tee', CLIENT_CA_FILE], { input: before });
  });

  it('names why no heartbeat can be sent, and to whom', async () => {
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const [, destination = '', host = ''] = /^controller_ip_port_list = (([\d.]+):\d+)/m.exec(config) ?? [];
    await amphora.exec(['ip', 'route', 'add', 'unreachable', host]);
    await expect
      .poll(async () => (await onAmphora()).output)
      .toMatch(
        new RegExp(
          `^- no heartbeat was sent for \\d+ s, the last one to ${destination} failed \\(.*E\\w+.*\\): see`,
          'm',
        ),
      );
    await amphora.exec(['ip', 'route', 'del', 'unreachable', host]);
    await expect.poll(() => onAmphora()).toEqual({ exitCode: 0, output: 'ready\n' });
  });

  it('lets only root reach the socket of local commands', async () => {
    const { stdout } = await amphora.exec(['stat', '--format', '%a %U', '/var/lib/octavia/local']);
    expect(stdout).toBe('700 root\n');
  });

  it('names keepalived that is down', async () => {
    const file = '/var/lib/octavia/vrrp/octavia-keepalived.conf';
    await amphora.exec(['mkdir', '-p', '/var/lib/octavia/vrrp']);
    await amphora.exec(['touch', file]);
    expect((await ready()).lines[1]).toMatch(/^- keepalived is configured but does not run/);
    await amphora.exec(['rm', file]);
  });
});
