import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBodyStream } from '../../../../src/http/requests/body-stream.ts';
import { BodyCutOff, BodyTooLarge } from '../../../../src/http/requests/upload.ts';

const server = createServer();
const MOST = 1000;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

/** Begins a request with a chunked body. */
async function begin() {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, method: 'POST' });
  sent.on('error', () => undefined);
  const received = once(server, 'request');
  sent.write('first');
  const [arrived]: [IncomingMessage] = (await received) as [IncomingMessage];
  return { sent, arrived };
}

async function readAll(parts: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

describe('a body that is read while it arrives', () => {
  it('has all parts, and each is seen', async () => {
    const { sent, arrived } = await begin();
    const seen: Buffer[] = [];
    const body = openBodyStream(arrived, MOST, (part) => void seen.push(part));
    sent.end(' second');
    expect(await readAll(body.parts)).toBe('first second');
    expect(Buffer.concat(seen).toString()).toBe('first second');
    expect([body.bytes, body.failure()]).toEqual([undefined, undefined]);
    sent.destroy();
  });

  it('ends when it is too large, and the connection stays for the answer', async () => {
    const { sent, arrived } = await begin();
    const body = openBodyStream(arrived, MOST);
    sent.write('x'.repeat(MOST));
    await expect(readAll(body.parts)).rejects.toBeInstanceOf(BodyTooLarge);
    expect(body.failure()).toBeInstanceOf(BodyTooLarge);
    expect(arrived.destroyed).toBe(false);
    sent.destroy();
  });

  it('ends when its client leaves', async () => {
    const { sent, arrived } = await begin();
    const body = openBodyStream(arrived, MOST);
    sent.destroy();
    await expect(readAll(body.parts)).rejects.toBeInstanceOf(BodyCutOff);
    expect(body.failure()).toBeInstanceOf(BodyCutOff);
  });

  it('ends when nothing arrives for a while, and not while its reader is slow', async () => {
    const { sent, arrived } = await begin();
    const body = openBodyStream(arrived, MOST, undefined, 30);
    const reading = (async () => {
      for await (const part of body.parts) {
        expect(part.toString()).toBe('first');
        await new Promise((resolve) => setTimeout(resolve, 90));
        expect(arrived.destroyed).toBe(false);
      }
    })();
    await expect(reading).rejects.toBeInstanceOf(BodyCutOff);
    expect(arrived.destroyed).toBe(true);
    sent.destroy();
  });
});
