import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { createLargeReplies, type LargeReplies } from '../../../../src/http/replies/large-replies.ts';

const LONGEST = 16 * 1024 * 1024;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** @param bytes of each answer @returns asks for one; the server's log of answers that were made */
async function serving(replies: LargeReplies, bytes: number) {
  let made = 0;
  const answer = (response: ServerResponse): Promise<number> => {
    made += 1;
    response.end(Buffer.alloc(bytes, 'x'));
    return Promise.resolve(bytes);
  };
  const server = createServer((_request, response) => void replies.serve(response, () => answer(response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  closers.push(() => server.close().closeAllConnections());
  const ask = () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    return socket.pause();
  };
  return { ask, made: () => made };
}

it('large replies are made as long as there is memory, and the next when a client has read its own', async () => {
  const { ask, made } = await serving(createLargeReplies(), LONGEST);
  const sockets = [ask(), ask(), ask()];
  await expect.poll(made).toBe(2);
  expect((await text(sockets[0] ?? ask())).length).toBeGreaterThan(LONGEST);
  await text(sockets[1] ?? ask());
  await text(sockets[2] ?? ask());
  expect(made()).toBe(3);
});

it('short replies do not wait for memory', async () => {
  const { ask, made } = await serving(createLargeReplies(), 100);
  const sockets = Array.from({ length: 20 }, ask);
  await expect.poll(made).toBe(20);
  for (const socket of sockets) socket.destroy();
});

it('a client that does not read its reply is disconnected, and the next is served', async () => {
  const { ask, made } = await serving(createLargeReplies(100), LONGEST);
  const deaf = [ask(), ask()];
  await expect.poll(made).toBe(2);
  expect((await text(ask())).length).toBeGreaterThan(0);
  expect(made()).toBe(3);
  for (const socket of deaf) socket.destroy();
});
