import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHaproxySockets } from '../../../../src/host/haproxy/haproxy-socket.ts';
import {
  createKeptConnections,
  type KeptConnections,
} from '../../../../src/host/haproxy/kept-connections.ts';

/** A server that can do what a real haproxy can't be made to do. test/integration/heartbeat/ has the real one. */
let server: Server;
let directory: string;
let socket: string;
let lines: string[];
let respond: (client: Socket, line: string) => void;
const clients = new Set<Socket>();

const open = (idleMs = 10_000): KeptConnections =>
  createKeptConnections(createHaproxySockets(), () => idleMs);

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'kept-connections-'));
  socket = path.join(directory, 's');
  lines = [];
  server = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('data', (data) => {
      const text = data.toString().trim();
      lines.push(text);
      respond(client, text);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  server.close();
  await rm(directory, { recursive: true });
});

/** Answers each line with itself, as haproxy does in interactive mode. */
const echo = (client: Socket, lines: string): void => {
  const answers = lines
    .split('\n')
    .map((command) => (/^(prompt|set) ?/.test(command) ? '' : `${command} ä\n`));
  client.write(answers.map((answer) => `${answer}\n> `).join(''));
};

const FIRST_LINES = 'prompt\nset timeout cli 10s\nshow info\nshow stat';

describe('a kept connection to haproxy', () => {
  it('gets the first command once, and its answer stays', async () => {
    respond = echo;
    const connections = open();
    const answers = [
      await connections.ask(socket, 'show info', 'show stat', 5000),
      await connections.ask(socket, 'show info', 'show stat', 5000),
    ];
    expect(answers).toEqual(Array(2).fill('show info ä\n\nshow stat ä\n\n'));
    expect(lines).toEqual([FIRST_LINES, 'show stat']);
  });

  it('may bring its answers byte by byte', async () => {
    respond = (client, line) => {
      const whole: Buffer[] = [];
      echo({ write: (text: string) => whole.push(Buffer.from(text)) } as unknown as Socket, line);
      const bytes = Buffer.concat(whole);
      const next = (at: number): void => {
        if (at < bytes.length) client.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
      };
      next(0);
    };
    const connections = open();
    expect(await connections.ask(socket, 'show info', 'show stat', 5000)).toBe(
      'show info ä\n\nshow stat ä\n\n',
    );
    expect(await connections.ask(socket, 'show info', 'show stat', 5000)).toBe(
      'show info ä\n\nshow stat ä\n\n',
    );
  });

  it('is replaced without a failure when haproxy has closed it', async () => {
    respond = echo;
    const connections = open();
    await connections.ask(socket, 'show info', 'show stat', 5000);
    respond = (client, line) => (line === 'show stat' ? client.destroy() : echo(client, line));
    expect(await connections.ask(socket, 'show info', 'show stat', 5000)).toBe(
      'show info ä\n\nshow stat ä\n\n',
    );
    expect(lines).toEqual([FIRST_LINES, 'show stat', FIRST_LINES]);
  });

  it('is not used any more after it was left', async () => {
    respond = echo;
    const connections = open();
    await connections.ask(socket, 'show info', 'show stat', 5000);
    connections.leave(socket);
    await expect.poll(() => clients.size).toBe(0);
    await connections.ask(socket, 'show info', 'show stat', 5000);
    connections.keepOnly([socket]);
    expect(clients.size).toBe(1);
    connections.keepOnly([]);
    await expect.poll(() => clients.size).toBe(0);
    expect(lines).toEqual([FIRST_LINES, FIRST_LINES]);
  });

  it('fails a question at its deadline, and the next question gets its own answer', async () => {
    respond = () => undefined;
    const connections = open();
    await expect(connections.ask(socket, 'show info', 'show stat', 50)).rejects.toThrow(
      `${socket}: show stat: no answer within 50 ms`,
    );
    respond = echo;
    expect(await connections.ask(socket, 'show info', 'show stat', 5000)).toBe(
      'show info ä\n\nshow stat ä\n\n',
    );
  });

  it('waits for an answer until it is given up, if the last answer came at once', async () => {
    respond = echo;
    const connections = open();
    await connections.ask(socket, 'show info', 'show stat', 5000);
    respond = () => undefined;
    const asked = connections.ask(socket, 'show info', 'show stat', 50);
    const outcome = asked.catch((error: Error) => error.message);
    await delay(200);
    expect(await Promise.race([outcome, 'no outcome'])).toBe('no outcome');
    connections.giveUp();
    expect(await outcome).toBe(`${socket}: show stat: no answer until the next question`);
    // the next one has a deadline again, which giveUp() leaves alone
    const next = connections.ask(socket, 'show info', 'show stat', 300);
    connections.giveUp();
    await expect(next).rejects.toThrow('no answer within 300 ms');
  });

  it.each<[string, (client: Socket) => unknown]>([
    ['ends without an answer', (client) => client.end()],
    ['is closed at once', (client) => client.destroy()],
  ])('that %s makes the question fail', async (_what, act) => {
    respond = act;
    await expect(open().ask(socket, 'show info', 'show stat', 5000)).rejects.toThrow(
      `${socket}: show stat: `,
    );
  });

  it('says that nothing listens', async () => {
    const absent = path.join(directory, 'absent');
    await expect(open().ask(absent, 'show info', 'show stat', 5000)).rejects.toMatchObject({
      isAbsent: true,
    });
  });

  it('brings what a server without interactive mode answers before it closes the connection', async () => {
    respond = (client) => client.end('info\n\ntable\n\n');
    expect(await open().ask(socket, 'show info', 'show stat', 5000)).toBe('info\n\ntable\n\n');
  });

  it('is given up for a haproxy that answers without a prompt, and answers come over single connections', async () => {
    respond = (client, line) =>
      line.startsWith('prompt') ? client.write('info\n\ntable\n\n') : client.end('info\n\ntable\n\n');
    const connections = open();
    await expect(connections.ask(socket, 'show info', 'show stat', 100)).rejects.toThrow('no answer within');
    expect(await connections.ask(socket, 'show info', 'show stat', 5000)).toBe('info\n\ntable\n\n');
    expect(lines).toEqual([FIRST_LINES, 'show info;show stat']);
  });
});
