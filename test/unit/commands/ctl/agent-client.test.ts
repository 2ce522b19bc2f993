import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { showDrift, showMembers, showStatus } from '../../../../src/commands/ctl/actions.ts';
import { type AgentClient, createAgentClient } from '../../../../src/commands/ctl/agent-client.ts';
import { fleetExit } from '../../../../src/commands/ctl/fleet/run-fleet.ts';
import { AgentRefused, UnusableAnswer } from '../../../../src/commands/ctl/refusals.ts';
import { capture, fetchDiagnostics } from '../../../../src/commands/ctl/streams.ts';
import { createAgentConnection } from '../../../../src/host/agent/agent-connection.ts';
import { AgentUnreachable } from '../../../../src/host/agent/agent-errors.ts';
import { STATISTICS, STATUS } from '../../../support/ctl-facts.ts';

/** Stands for agents that a real one can't be: older and newer ones, and those whose connection breaks. */
let server: Server;
let answer: RequestListener;
let directory: string;
let client: AgentClient;
const requests: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'agent-client-'));
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(path.join(directory, 'agent.sock'), resolve);
  });
  client = createAgentClient({ kind: 'local', socket: path.join(directory, 'agent.sock') });
});
beforeEach(() => {
  requests.length = 0;
});
afterAll(async () => {
  client.close();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const at = (name: string): string => path.join(directory, name);

describe('a client of an agent', () => {
  it('sends each request to its path, with encoded values', async () => {
    answer = json({ md5: 'x', runs: true });
    await client.rollback('a/b', '2');
    answer = json({ state: 'draining', sessions: 0, oldest_seconds: null, deadline: null, cut: true });
    await client.startDrain('lb', 'm', { timeoutSeconds: 5, cut: true });
    await client.startDrain('lb', 'm', { timeoutSeconds: undefined, cut: false });
    await client.cancelDrain('lb', 'm');
    answer = json({ message: 'OK' });
    await client.reload('lb');
    const unlimited = { filter: 'port 80', seconds: undefined, bytes: undefined, payload: true };
    (await client.capture({ interface: 'eth1', ...unlimited })).body.destroy();
    expect(requests).toEqual([
      'POST /loadbalancer/a%2Fb/rollback?to=2',
      'POST /loadbalancer/lb/members/m/drain?timeout=5&cut=true',
      'POST /loadbalancer/lb/members/m/drain',
      'DELETE /loadbalancer/lb/members/m/drain',
      'PUT /1.0/loadbalancer/lb/reload',
      'GET /capture?interface=eth1&filter=port%2080&payload=true',
    ]);
  });

  it('takes the answer of a newer agent, which has more facts, and shows them all as JSON', async () => {
    answer = json({ ...STATUS, invented: { later: true } });
    const { exitCode, output } = await showStatus(client, true);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ invented: { later: true } });
    answer = json(STATISTICS);
    expect(JSON.parse((await showMembers(client, 'udp', true)).output)).toMatchObject([{ id: 'udp' }]);
    await expect(showMembers(client, 'other', true)).rejects.toThrow('no load-balancer other');
  });

  it('names the request that an older agent lacks', async () => {
    answer = json({ error: '404 Not Found: The requested URL was not found', http_code: 404 }, 404);
    const lacks = (request: string) => `this agent does not know ${request}: it is older than this command`;
    await expect(client.drift()).rejects.toThrow(lacks('GET /drift'));
    await expect(client.repairDrift()).rejects.toThrow(lacks('POST /drift/repair'));
    await expect(fetchDiagnostics(client, at('none'))).rejects.toThrow(lacks('GET /diagnostics'));
    await expect(client.drift()).rejects.toThrow(AgentRefused);
  });

  it('has exit code 4 while it is not known whether there is drift, and 0 without any', async () => {
    const exitCode = async () => (await showDrift(client, { repair: false, json: false })).exitCode;
    const unseen = [{ kinds: ['mode'], object: null, reason: 'no descriptors' }];
    answer = json({ mode: 'report', checked_at: 'T', items: [], unseen });
    expect(await exitCode()).toBe(4);
    answer = json({ mode: 'off', checked_at: null, items: [], unseen: [] });
    expect(await exitCode()).toBe(4);
    answer = json({ mode: 'report', checked_at: 'T', items: [], unseen: [] });
    expect(await exitCode()).toBe(0);
    expect(fleetExit([0, 4])).toBe(4);
    expect(fleetExit([0, 4, 1])).toBe(1);
    expect(fleetExit([4, 1, 3])).toBe(3);
  });

  it('has exit code 1 for drift, and for a repair that left some', async () => {
    const item = { kind: 'mtu', object: 'eth1', wanted: '1450', seen: '1500', repair: 'set it' };
    answer = json({ mode: 'report', checked_at: null, items: [{ ...item, since: 'T' }] });
    expect((await showDrift(client, { repair: false, json: false })).exitCode).toBe(1);
    answer = json({ items: [{ ...item, result: 'repaired' }] });
    expect((await showDrift(client, { repair: true, json: false })).exitCode).toBe(0);
    answer = json({ items: [{ ...item, result: 'still there' }] });
    expect((await showDrift(client, { repair: true, json: true })).exitCode).toBe(1);
  });

  it.each([
    ['no JSON', 'it is not JSON'],
    ['{"ready":true}', 'amphora: '],
  ])('refuses an answer that it can not read: %s', async (body, message) => {
    answer = (_request, response) => response.end(body);
    await expect(client.status()).rejects.toThrow(UnusableAnswer);
    await expect(client.status()).rejects.toThrow(message);
  });

  it('notices an answer that is cut off, and one that does not come', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      setImmediate(() => response.destroy());
    };
    await expect(client.status()).rejects.toThrow(AgentUnreachable);
    await expect(client.status()).rejects.toThrow('the answer was cut off');
    answer = () => undefined;
    const connection = createAgentConnection({ kind: 'local', socket: at('agent.sock') });
    const request = { method: 'GET', path: '/', limitMs: 50 } as const;
    await expect(connection.request(request)).rejects.toThrow('no data for 0.05 s');
    connection.close();
  });

  it('sends a change once, also if the connection breaks', async () => {
    answer = (request) => request.socket.destroy();
    await expect(client.rollback('lb')).rejects.toThrow(AgentUnreachable);
    expect(requests).toHaveLength(1);
  });

  it('knows that no agent listens', async () => {
    const nobody = createAgentClient({ kind: 'local', socket: at('nobody.sock') });
    const error = await nobody.status().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ isAbsent: true, message: expect.stringContaining('is the agent down?') });
  });
});

describe('a file that an agent sends', () => {
  const request = {
    interface: 'eth1',
    filter: undefined,
    seconds: undefined,
    bytes: undefined,
    payload: false,
  };

  it('appears when it is complete', async () => {
    answer = (_request, response) => response.end('packets');
    expect(await capture(client, request, at('whole'))).toEqual({ exitCode: 0, output: `${at('whole')}\n` });
    expect(await readFile(at('whole'), 'utf8')).toBe('packets');
  });

  it('does not appear if the answer is cut off', async () => {
    answer = (_request, response) => {
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(fetchDiagnostics(client, at('half'))).rejects.toThrow(AgentUnreachable);
    expect((await readdir(directory)).filter((name) => name.startsWith('half'))).toEqual([]);
  });

  it('of a capture keeps what has arrived at Ctrl-C, that of an archive does not', async () => {
    answer = (_request, response) => void response.write('half');
    const interrupted = async <Result>(file: string, running: Promise<Result>): Promise<Result> => {
      await expect.poll(() => readFile(`${file}.partial`, 'utf8').catch(() => '')).toBe('half');
      // only the listener of the command: the test runner has listeners too
      process.listeners('SIGINT').at(-1)?.('SIGINT');
      return running;
    };
    const [archive, packets] = [at('archive'), at('packets')];
    expect((await interrupted(archive, fetchDiagnostics(client, archive))).exitCode).toBe(1);
    expect((await interrupted(packets, capture(client, request, packets))).exitCode).toBe(0);
    expect(await readFile(packets, 'utf8')).toBe('half');
    expect((await readdir(directory)).filter((name) => name.startsWith('archive'))).toEqual([]);
  });

  it('is refused where it can not be stored, with an error of the file', async () => {
    answer = (_request, response) => response.end('x');
    await expect(fetchDiagnostics(client, '/nowhere/file')).rejects.toThrow('ENOENT');
  });
});
