import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AgentConnection,
  type AgentRequest,
  createAgentConnection,
} from '../../../../src/host/agent/agent-connection.ts';

/** Stands for agents that answer at moments that a real one can't be made to choose. */
let server: Server;
let answer: RequestListener;
let directory: string;
let connection: AgentConnection;
let connections = 0;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'agent-connection-'));
  const socket = path.join(directory, 'agent.sock');
  server = createServer((request, response) => answer(request, response));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  connection = createAgentConnection({ kind: 'local', socket });
});
afterAll(async () => {
  connection.close();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const PART = Buffer.alloc(64 * 1024, 'x');

/** A body in parts, and whether all of it was read. */
function body(parts: number, fault?: Error) {
  let read = 0;
  const made = {
    bytes: parts * PART.length,
    type: 'application/octet-stream',
    open: () =>
      Readable.from(
        (async function* () {
          for (; read < parts; read += 1) {
            if (fault !== undefined && read > 0) throw fault;
            yield PART;
          }
        })(),
      ),
  };
  return { ...made, parts: () => read };
}

const post = (changes: Partial<AgentRequest> = {}): Promise<{ status: number; body: string }> =>
  connection.request({ method: 'POST', path: '/upgrade', limitMs: 10_000, ...changes });

describe('the body of a request', () => {
  it('is sent with its size and its type', async () => {
    answer = async (request, response) => {
      let bytes = 0;
      for await (const part of request) bytes += part.length;
      response.end(
        JSON.stringify([request.headers['content-length'], request.headers['content-type'], bytes]),
      );
    };
    const { body: text } = await post({ body: body(20) });
    expect(JSON.parse(text)).toEqual([`${20 * PART.length}`, 'application/octet-stream', 20 * PART.length]);
  });

  // integration/agent/ctl.test.ts has an agent that closes the connection
  it('ends at an answer that comes before it was read', async () => {
    answer = (_request, response) => response.writeHead(409).end('an upgrade is under way');
    for (let round = 0; round < 20; round += 1) {
      const large = body(1000);
      expect(await post({ body: large })).toMatchObject({ status: 409, body: 'an upgrade is under way' });
      expect(large.parts()).toBeLessThan(1000);
    }
    answer = (_request, response) => response.end('next');
    expect((await post({ body: body(1) })).body).toBe('next');
  });

  it('is sent once, also if the connection breaks', async () => {
    connections = 0;
    answer = (request) => request.once('data', () => request.socket.destroy());
    const broken = body(1000);
    await expect(post({ body: broken })).rejects.toThrow('the connection was');
    expect(connections).toBeLessThanOrEqual(1);
  });

  it('that can not be read ends the request with the reason', async () => {
    answer = () => undefined;
    await expect(post({ body: body(3, new Error('the disk is broken')) })).rejects.toThrow(
      'the disk is broken',
    );
  });
});

describe('the limits of a request', () => {
  it('end it without a whole answer in time, although bytes arrive', async () => {
    answer = (_request, response) => {
      const timer = setInterval(() => response.write('.'), 5);
      response.once('close', () => clearInterval(timer));
    };
    await expect(post({ deadlineMs: 60 })).rejects.toThrow('no whole answer within 0.06 s');
    answer = () => undefined;
    await expect(post({ deadlineMs: 20 })).rejects.toThrow('no whole answer within 0.02 s');
  });

  it('end it at an answer that is too long', async () => {
    answer = (_request, response) => response.end('x'.repeat(1001));
    await expect(post({ mostBytes: 1000 })).rejects.toThrow('the answer is longer than 1000 bytes');
    answer = (_request, response) => response.end('x'.repeat(1000));
    expect((await post({ mostBytes: 1000 })).body).toHaveLength(1000);
  });
});
