import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHaproxySockets } from '../../../../src/host/haproxy/haproxy-socket.ts';

let directory: string;
let server: Server;
const LINE = `${'x'.repeat(999)}\n`;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'haproxy-socket-'));
  server = createServer((connection) => {
    connection.on('error', () => undefined);
    for (let lines = 0; lines < 1000; lines += 1) connection.write(LINE);
    connection.end();
  });
  await new Promise<void>((resolve) => server.listen(path.join(directory, 's'), resolve));
});

afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

it('an answer is whole without a limit, and ends soon after a limit', async () => {
  const { ask } = createHaproxySockets();
  const socket = path.join(directory, 's');
  expect(await ask(socket, 'show sess', 10_000)).toHaveLength(1000 * LINE.length);
  const cut = await ask(socket, 'show sess', 10_000, 100_000);
  expect(cut.length).toBeGreaterThanOrEqual(100_000);
  expect(cut.length).toBeLessThan(500_000);
});

it('two answers at the same time do not mix', async () => {
  const answering = createServer((connection) => {
    connection.on('error', () => undefined);
    connection.once('data', (command) => {
      const line = `${command.toString().trim()} ä\n`;
      for (let lines = 0; lines < 20_000; lines += 1) connection.write(line);
      connection.end();
    });
  });
  const socket = path.join(directory, 'echo');
  await new Promise<void>((resolve) => answering.listen(socket, resolve));
  const { ask } = createHaproxySockets();
  const answers = await Promise.all(['one', 'another'].map((command) => ask(socket, command, 10_000)));
  expect(answers).toEqual(['one ä\n'.repeat(20_000), 'another ä\n'.repeat(20_000)]);
  answering.close();
});
