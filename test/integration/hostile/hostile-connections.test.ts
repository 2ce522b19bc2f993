import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { type Crowd, createCrowd } from '../../support/hostile/crowd.ts';
import { footprintOf } from '../../support/hostile/footprint.ts';
import { createRawSender, type SendRaw } from '../../support/hostile/raw-exchange.ts';

const THOUSANDS = 3000;
/** more connections than the agent keeps open */
const MANY = 1600;
/** running handshakes, served connections, and the files that the agent has open without clients */
const MOST_OPEN_FILES = 256 + 1024 + 60;
const READ_TIMEOUT_S = 3;
const TIMED_OUT = 'HTTP/1.1 408 Request Timeout';
const ID = '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a02';

describe('an agent with clients that hold connections open', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let crowd: Crowd;
  let send: SendRaw;
  let baseline: number;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    await amphora.stopAgent();
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const hasty = config.replace(/^(agent_request_read_timeout = ).*$/m, `$1${READ_TIMEOUT_S}`);
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), hasty, { mode: 0o600 });
    await amphora.startAgent();
    crowd = await createCrowd(world, amphora);
    send = await createRawSender(world, amphora);
    expect(await answers()).toBe(true);
    // the files that the agent opens only once are open after its first heartbeats
    const { message } = await world.healthManager.next(() => true);
    await world.healthManager.next(({ seq }) => seq > message.seq + 1);
    baseline = (await footprintOf(amphora)).openFiles;
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await expect.poll(openFiles).toBeLessThanOrEqual(baseline);
  });

  const openFiles = async () => (await footprintOf(amphora)).openFiles;
  /** whether a new client is accepted and served */
  const answers = async () =>
    (await send(Buffer.from('GET /1.0/info HTTP/1.1\r\nHost: a\r\n\r\n'))).statuses[0] === 200;

  it('goes on serving while thousands of clients never begin their handshake', async () => {
    const pid = amphora.agentPid();
    sockets.push(...(await crowd.silent(THOUSANDS)));
    expect(await answers()).toBe(true);
    await expect.poll(openFiles).toBeLessThan(MOST_OPEN_FILES);
    expect(amphora.agentPid()).toBe(pid);
  });

  it('goes on serving while more idle connections are opened than it keeps', async () => {
    sockets.push(...(await crowd.idle(MANY)));
    expect(await answers()).toBe(true);
    await expect.poll(openFiles).toBeLessThan(MOST_OPEN_FILES);
  });

  it('goes on serving during a flood of handshakes that it refuses', async () => {
    const { directory } = world.pki;
    const stranger = await createAuthority(directory, 'flood-ca');
    const request = { name: 'flood', commonName: 'controller', purpose: 'client' } as const;
    const pem = await readFile(await issueCertificate(stranger, directory, request));
    const refused = async (): Promise<void> => {
      const socket = await crowd.secure({ cert: pem, key: pem, maxVersion: 'TLSv1.3' });
      if (!socket.closed) await once(socket, 'close');
    };
    const flood = Promise.all(Array.from({ length: 200 }, refused));
    expect(await answers()).toBe(true);
    await flood;
    expect(await answers()).toBe(true);
  });

  it('never renegotiates TLS', async () => {
    const socket = await crowd.secure({ maxVersion: 'TLSv1.2' });
    sockets.push(socket);
    const outcome = await new Promise((resolve) => {
      socket.renegotiate({}, resolve);
      socket.once('error', resolve);
    });
    expect(String(outcome)).toContain('no renegotiation');
    expect(await answers()).toBe(true);
  });

  const drip = async (head: string, drop: string): Promise<string> => {
    const socket = await crowd.secure();
    sockets.push(socket);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(head);
    const dripping = setInterval(() => socket.write(drop), 200);
    await once(socket, 'close');
    clearInterval(dripping);
    return text;
  };

  it('limits the time for a request that arrives byte by byte: headers, a body with its length, chunks', async () => {
    const put = `PUT /1.0/loadbalancer/${ID}/certificates/slow.pem HTTP/1.1\r\n`;
    const answered = await Promise.all([
      drip('GET / HTTP/1.1\r\nHost: a\r\nX: ', 'x'),
      drip(`${put}Content-Length: 999\r\n\r\n`, 'x'),
      drip(`${put}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'),
    ]);
    expect(answered.map((text) => text.split('\r\n')[0])).toEqual(answered.map(() => TIMED_OUT));
  });

  it('leaves nothing behind after a hundred uploads that were broken off', async () => {
    const head = `PUT /1.0/loadbalancer/${ID}/certificates/cut.pem HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(100_000)]);
    await Promise.all(Array.from({ length: 100 }, () => send(bytes, true)));
    expect(await answers()).toBe(true);
    const { stdout } = await amphora.exec([
      'find',
      '/var/lib/octavia',
      '-name',
      '*cut.pem',
      '-o',
      '-name',
      '.amphora*',
    ]);
    expect(stdout).toBe('');
  });
});
