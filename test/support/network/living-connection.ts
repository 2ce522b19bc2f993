import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'vitest';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';

/** A TCP connection out of the namespace amphora-haproxy to an echo server outside. */
export interface LivingConnection {
  /** Sends a text through the same connection and waits until it comes back. */
  echo(text: string): Promise<void>;
  close(): Promise<void>;
}

/** @param ends `server` is an address outside, `client` the address inside that the connection comes from */
export async function openConnection(ends: { server: string; client: string }): Promise<LivingConnection> {
  const server = createServer((socket) => socket.pipe(socket).on('error', () => socket.destroy()));
  server.listen(0, ends.server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const bracketed = (text: string): string => (text.includes(':') ? `[${text}]` : text);
  const version = ends.server.includes(':') ? 'TCP6' : 'TCP4';
  const client = spawn(
    'ip',
    [
      ...['netns', 'exec', AMPHORA_NAMESPACE, 'socat', 'STDIO'],
      `${version}:${bracketed(ends.server)}:${address.port},bind=${bracketed(ends.client)}`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(client, 'exit');
  let seen = '';
  client.stdout.on('data', (chunk: Buffer) => {
    seen += chunk;
  });
  return {
    async echo(text) {
      client.stdin.write(`${text}\n`);
      await expect.poll(() => seen, { interval: 20 }).toContain(`${text}\n`);
    },
    async close() {
      client.kill('SIGKILL');
      await ended;
      server.close();
    },
  };
}
