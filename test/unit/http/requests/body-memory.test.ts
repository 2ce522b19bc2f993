import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { AMPHORA as AMP, createTestApp } from '../../../support/http/test-app.ts';

const LB = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Starts an API whose objects are all busy for ever. @returns its port, and the objects that requests wait for */
async function busyApi(): Promise<{ port: number; waitedFor: string[] }> {
  const waitedFor: string[] = [];
  const app = createTestApp({
    queue: {
      run(object) {
        waitedFor.push(object);
        return new Promise(() => undefined);
      },
      runOnce: () => new Promise(() => undefined),
      runIfFree: () => Promise.resolve(undefined),
      isBusy: () => true,
    },
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, waitedFor };
}

function put(port: number, path: string, headers: Record<string, string>): void {
  const sent = ask({ port, path, method: 'PUT', headers });
  sent.on('error', () => undefined);
  sent.end('global\n');
}

it('a small upload of unknown length that waits for its object does not delay another upload', async () => {
  const { port, waitedFor } = await busyApi();
  put(port, '/1.0/vrrp/upload', { 'Transfer-Encoding': 'chunked' });
  await expect.poll(() => waitedFor.length).toBe(1);
  put(port, `/1.0/loadbalancer/${AMP}/${LB}/haproxy`, { 'Content-Length': '7' });
  await expect.poll(() => waitedFor.length).toBe(2);
  expect(waitedFor[1]).toBe(LB);
});
