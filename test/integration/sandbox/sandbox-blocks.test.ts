import { createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Amphora, createAmphora } from '../../../sandbox/amphora/amphora.ts';
import { createController, curlLine } from '../../../sandbox/controller/controller.ts';
import { startHealthManager } from '../../../sandbox/controller/health-manager.ts';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { createLab, type Lab } from '../../../sandbox/lab/lab.ts';
import { answers, forwardConnections } from '../../../sandbox/programs/listening.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { programs } from '../programs.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const OTHER_AMPHORA = '5d0d2f30-0f6e-4f7d-8b0a-90d8c4f3a111';
const KEY = 'a key; with = all # signs';

let directory: string;
let pki: Pki;
let lab: Lab;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sandbox-blocks-'));
  pki = await createPki(directory);
  lab = await createLab({ agentCommand: programs.agent, number: 7 });
});

afterAll(async () => {
  await lab.close();
  await rm(directory, { recursive: true });
});

const boot = (id: string, host: number): Promise<Amphora> =>
  createAmphora(lab, {
    id,
    topology: 'SINGLE',
    pki,
    programs,
    heartbeatKey: KEY,
    heartbeatInterval: 1,
    managementHost: host,
    healthManagerPort: 5555,
  });

describe('the PKI of the sandbox', () => {
  const verify = (authority: string, purpose: string, certificate: string): Promise<unknown> =>
    runProgram(['openssl', 'verify', '-purpose', purpose, '-CAfile', authority, certificate]);

  test('has a client certificate of its client authority only', async () => {
    await verify(pki.clientAuthority.certificate, 'sslclient', pki.client);
    await expect(verify(pki.serverAuthority.certificate, 'sslclient', pki.client)).rejects.toThrow(
      /unable to get/,
    );
    await expect(verify(pki.clientAuthority.certificate, 'sslserver', pki.client)).rejects.toThrow(/purpose/);
  });

  test('keeps keys from other users', async () => {
    expect((await stat(pki.client)).mode & 0o077).toBe(0);
    expect((await stat(pki.clientAuthority.key)).mode & 0o077).toBe(0);
  });
});

describe('a lab of the sandbox', () => {
  test('routes the client to a member, over IPv4 and IPv6', async () => {
    const member = await lab.startMember('first', 11);
    const ask = async (host: string): Promise<string> =>
      (await lab.client.run(['curl', '-sS', '--globoff', '--max-time', '5', `http://${host}/x`])).stdout;
    expect(await ask(member.address)).toBe('first-7 answers /x\n');
    expect(await ask(`[${member.address6}]`)).toBe('first-7 answers /x\n');
    await member.stop();
    await expect(ask(member.address)).rejects.toThrow(/connect/i);
  });

  test('can run beside another lab, which leaves nothing behind', async () => {
    const itsLinks = async (): Promise<string[]> => {
      const { stdout } = await runProgram(['ip', '-br', 'link']);
      return stdout.split('\n').filter((line) => /^\S+-8(@\S*)?\s/.test(line));
    };
    const other = await createLab({ agentCommand: programs.agent, number: 8 });
    expect(other.networks.vip.cidr).not.toBe(lab.networks.vip.cidr);
    expect(await itsLinks()).not.toEqual([]);
    await other.close();
    await expect.poll(itsLinks).toEqual([]);
  });
});

describe('an amphora in a box of the sandbox', () => {
  let amphora: Amphora;
  beforeAll(async () => {
    amphora = await boot(AMPHORA, 20);
  });
  afterAll(() => amphora.close());

  test('has state directories of its own', async () => {
    const other = await boot(OTHER_AMPHORA, 21);
    await amphora.exec(['ip', 'netns', 'add', 'amphora-haproxy']);
    await amphora.exec(['touch', '/var/lib/octavia/mine']);
    await expect(other.exec(['ls', '/run/netns/amphora-haproxy'])).rejects.toThrow(/No such file/);
    await expect(other.readText('/var/lib/octavia/mine')).rejects.toThrow(/ENOENT/);
    await expect(stat('/var/lib/octavia/mine')).rejects.toThrow(/ENOENT/);
    expect(await other.readText('/etc/octavia/amphora-agent.conf')).toContain(OTHER_AMPHORA);
    await other.close();
  });

  test('can change the sysctls of its network only', async () => {
    await amphora.exec(['sysctl', '-w', 'net.ipv4.ip_forward=1']);
    const other = amphora.exec(['sh', '-c', 'echo 60 > /proc/sys/vm/swappiness']);
    await expect(other).rejects.toThrow(/read-only|permission denied/i);
  });

  test('gets interfaces with the requested MAC, down and without addresses', async () => {
    const { macAddress } = await amphora.plugNic('vip');
    const links: unknown = JSON.parse((await amphora.exec(['ip', '-json', 'addr'])).stdout);
    expect(links).toContainEqual(
      expect.objectContaining({ address: macAddress, operstate: 'DOWN', addr_info: [] }),
    );
  });

  test('runs an agent that answers trusted clients and whose name curl accepts', async () => {
    await amphora.startAgent();
    const target = { host: amphora.address, port: amphora.port, serverName: AMPHORA };
    const controller = await createController(target, pki);
    const asked = { method: 'GET', path: '/' } as const;
    expect(await controller.request(asked)).toMatchObject({ status: 200, body: '{"api_version":"1.0"}' });
    controller.close();
    const line = curlLine(asked, `https://${amphora.address}:${amphora.port}`, pki);
    expect((await runProgram(['sh', '-c', `${line} -sS`])).stdout).toBe('{"api_version":"1.0"}');
  });

  test('stays when its agent is killed and started again', async () => {
    const anchor = amphora.box.pid;
    const first = amphora.agentPid();
    await amphora.stopAgent('SIGKILL');
    expect(await answers(amphora.address, amphora.port)).toBe(false);
    expect(amphora.agentPid()).toBeUndefined();
    await amphora.startAgent();
    expect(amphora.agentPid()).not.toBe(first);
    expect(amphora.box.pid).toBe(anchor);
    expect(amphora.agentLog()).not.toBe('');
  });

  test('is reached from elsewhere through a forwarder', async () => {
    const server = createServer();
    forwardConnections(server, { host: amphora.address, port: amphora.port });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const line = curlLine({ method: 'GET', path: '/' }, `https://127.0.0.1:${port}`, pki);
    expect((await runProgram(['sh', '-c', `${line} -sS`])).stdout).toBe('{"api_version":"1.0"}');
    server.close();
  });

  test('leaves no process behind when it is powered off', async () => {
    const other = await boot(OTHER_AMPHORA, 22);
    await other.startAgent();
    const pid = other.agentPid();
    await other.close();
    await expect(readFile(`/proc/${pid}/stat`)).rejects.toThrow(/ENOENT|ESRCH/);
    expect(await answers(other.address, other.port)).toBe(false);
  });
});

describe('the health manager of the sandbox', () => {
  const heartbeat = (key: string, seq: number): Buffer => {
    const text = JSON.stringify({ id: AMPHORA, seq, ver: 3, listeners: {}, pools: {} });
    const packed = deflateSync(text, { level: 9 });
    return Buffer.concat([packed, Buffer.from(createHmac('sha256', key).update(packed).digest('hex'))]);
  };

  test('counts heartbeats that are signed with its key and reports the faults of others', async () => {
    const manager = await startHealthManager('127.0.0.1', KEY);
    const socket = createSocket('udp4');
    const arrival = manager.next((message) => message.seq === 4, 5000);
    for (const datagram of [heartbeat('another key', 1), Buffer.from('noise'), heartbeat(KEY, 4)]) {
      socket.send(datagram, manager.port, '127.0.0.1');
    }
    expect((await arrival).message).toMatchObject({ id: AMPHORA, seq: 4 });
    expect(manager.heartbeats).toHaveLength(1);
    expect(manager.refused).toHaveLength(2);
    socket.close();
    await manager.close();
  });
});
