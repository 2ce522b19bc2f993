import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHttpCheck } from '../../../src/render/check-scripts.ts';
import { renderTemplate as render } from '../../support/templates.ts';

/** A member that refuses GET and answers every other method with the code in the path. */
const asked: string[] = [];
const answer = (server: Server): Server =>
  server.on('request', (request, response) => {
    const { method, url = '', headers, httpVersion } = request;
    asked.push(`${method} ${url} ${httpVersion} ${headers.host}`);
    response.writeHead(method === 'GET' ? 405 : Number(url.slice(1, 4))).end('body');
  });

let script: string;
let directory: string;
const servers: Server[] = [];
const ports = new Map<string, number>();

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'http-check-'));
  script = path.join(directory, 'http_check.sh');
  await writeFile(script, renderHttpCheck(render), { mode: 0o755 });
  for (const address of ['127.0.0.1', '::1']) {
    const server = answer(createServer());
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    servers.push(server);
    ports.set(address, (server.address() as AddressInfo).port);
  }
});

afterAll(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true });
});

const portOf = (address: string): number => ports.get(address) ?? 0;

const check = (address: string, ...args: (string | number)[]): Promise<number> =>
  new Promise((resolve) => {
    const child = execFile(script, [address, ...args.map(String)], () => undefined);
    child.once('exit', (code) => resolve(code ?? -1));
  });

describe.each(['127.0.0.1', '::1'])('http_check.sh for a member at %s', (address) => {
  it.each([
    ['HEAD', '/200', '200', 0],
    ['POST', '/204', '200,202-204', 0],
    ['OPTIONS', '/301', '200,202-204', 1],
    ['PUT', '/205', '200,202-204', 1],
    ['GET', '/200', '200', 1],
  ])('with %s for %s and the expected codes %s exits with %i', async (method, url, codes, exitCode) => {
    expect(await check(address, portOf(address), method, url, '1.1', codes, 'member.example')).toBe(exitCode);
    expect(asked.at(-1)).toBe(`${method} ${url} 1.1 member.example`);
  });

  it('sends the address of the member as host if no host name is given', async () => {
    const port = portOf(address);
    expect(await check(address, port, 'HEAD', '/200?a=b&c', '1.0', '200')).toBe(0);
    const own = address.includes(':') ? `[${address}]` : address;
    expect(asked.at(-1)).toBe(`HEAD /200?a=b&c 1.0 ${own}:${port}`);
  });

  it('fails if no process listens', async () => {
    expect(await check(address, 1, 'HEAD', '/200', '1.1', '200')).toBe(1);
  });
});
