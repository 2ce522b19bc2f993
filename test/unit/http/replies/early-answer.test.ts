import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { endAfterRequest } from '../../../../src/http/replies/early-answer.ts';

const MIB = 1024 * 1024;
const CONTENT = Buffer.from('the body is too large\n');

/** Serves one refusal for each request, without a look at its body. */
async function serve(longestMs?: number): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(413, { Connection: 'close', 'Content-Length': CONTENT.length });
    endAfterRequest(request, response, CONTENT, longestMs);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

/** Sends a body, and reads nothing before all of it is sent. @returns the answer */
function sendFirst(server: Server, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.once('error', reject);
    let answer = '';
    socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes), () => {
      socket.on('data', (part) => {
        answer += part;
      });
    });
    socket.once('close', () => resolve(answer));
  });
}

describe('an answer before the end of the request', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('reaches a client that sends its whole body before it reads', async () => {
    server = await serve();
    for (let round = 0; round < 5; round += 1)
      expect(await sendFirst(server, 8 * MIB)).toMatch(/^HTTP\/1\.1 413 .*\r\n\r\nthe body is too large\n$/s);
  });

  it('closes the connection of a client that sends no end', async () => {
    server = await serve(20);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${MIB}\r\n\r\nbegin`);
    socket.resume();
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
    expect(socket.destroyed).toBe(true);
  });
});
