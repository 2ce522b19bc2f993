import { once } from 'node:events';
import { createServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import pem from 'https-pem';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { limitRequestTimes } from '../../../../src/http/server/slow-clients.ts';

const HEADERS_MS = 500;
const REQUEST_MS = 1000;
/** longer than a client may be silent in the middle of a request */
const LONG_MS = 1200;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const PUT = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n';
const TOO_SLOW = 'ERR_HTTP_REQUEST_TIMEOUT';
/** the key for tests is a short one */
const TLS = { ...pem, ciphers: 'DEFAULT@SECLEVEL=0' };

interface Client {
  readonly socket: TLSSocket;
  received(): string;
}

/** Starts a server in which Node's own check is too rare for a test. @returns a function that connects a client */
async function startServer(answerMs = 0): Promise<() => Promise<Client>> {
  const server = createServer(
    { ...TLS, connectionsCheckingInterval: 600_000 },
    async (_request, response) => {
      await delay(answerMs);
      response.end('answer');
    },
  );
  limitRequestTimes(server, { headersMs: HEADERS_MS, requestMs: REQUEST_MS });
  server.on('clientError', ({ code }: Error & { code?: string }, socket) => socket.end(code));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return async () => {
    const socket = connect({ port, rejectUnauthorized: false, ciphers: TLS.ciphers });
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (part) => {
      text += part;
    });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    return { socket, received: () => text };
  };
}

function drip(socket: TLSSocket): void {
  const timer = setInterval(() => socket.write('x'), HEADERS_MS / 8);
  onTestFinished(() => clearInterval(timer));
}

describe('a client whose request arrives slowly', () => {
  it.for([
    ['nothing', '', HEADERS_MS],
    ['headers byte by byte', 'GET / HTTP/1.1\r\nX: ', HEADERS_MS],
    ['a body byte by byte', PUT, REQUEST_MS],
  ] as const)('gets 408, and is cut off even if it goes on: %s', async ([, head, limitMs]) => {
    const { socket, received } = await (await startServer(REQUEST_MS + LONG_MS))();
    const began = performance.now();
    if (head !== '') {
      socket.write(head);
      drip(socket);
    }
    await expect.poll(received).toBe(TOO_SLOW);
    expect(performance.now() - began).toBeGreaterThan(limitMs * 0.8);
    if (head !== '') await expect.poll(() => socket.closed).toBe(true);
  });

  it.for([
    ['headers that stop', 'GET / HTTP/1.1\r\n', false],
    ['headers byte by byte', 'GET / HTTP/1.1\r\nX: ', true],
    ['a body byte by byte', PUT, true],
  ] as const)('gets 408 for its second request too: %s', async ([, head, isDripping]) => {
    const { socket, received } = await (await startServer(head === PUT ? REQUEST_MS + LONG_MS : 0))();
    socket.write(GET);
    await expect.poll(received).toContain('answer');
    await delay(LONG_MS);
    socket.write(head);
    if (isDripping) drip(socket);
    await expect.poll(received).toContain(TOO_SLOW);
  });
});

describe('a client that is not slow', () => {
  it('keeps its idle connection, and sends the next request on it', async () => {
    const { socket, received } = await (await startServer())();
    for (let request = 1; request <= 3; request += 1) {
      socket.write(GET);
      await expect.poll(() => received().split('answer')).toHaveLength(request + 1);
      await delay(LONG_MS);
    }
    expect(received()).not.toContain(TOO_SLOW);
    expect(socket.closed).toBe(false);
  });

  it('waits as long as its answer takes', async () => {
    const { socket, received } = await (await startServer(REQUEST_MS + LONG_MS))();
    socket.write(GET);
    await expect.poll(received).toContain('answer');
    expect(received()).not.toContain(TOO_SLOW);
  });
});

describe('the check for slow clients', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('runs only while a connection is open', async () => {
    const open = await startServer();
    const begin = vi.spyOn(globalThis, 'setInterval');
    const end = vi.spyOn(globalThis, 'clearInterval');
    const clients = [await open(), await open()];
    await expect.poll(() => begin).toHaveBeenCalledOnce();
    for (const { socket } of clients) socket.destroy();
    await expect.poll(() => end).toHaveBeenCalledWith(begin.mock.results[0]?.value);
    await open();
    await expect.poll(() => begin).toHaveBeenCalledTimes(2);
  });
});
