import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askLocalAgent } from '../../../src/host/local-agent.ts';

const LIMIT_MS = 30;
const WANTED = { method: 'GET', target: '/readyz' };

describe('a question to the agent on this machine', () => {
  let directory: string;
  let silent: Server;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'local-agent-'));
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(path.join(directory, 'silent'), resolve));
  });
  afterAll(async () => {
    silent.closeAllConnections();
    silent.close();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['an agent that hangs', 'silent', false, `no data for ${LIMIT_MS} ms`],
    ['no agent', 'absent', true, 'connect ENOENT'],
  ])('ends in time with %s', async (_, name, isAbsent, reason) => {
    const socket = path.join(directory, name);
    await expect(askLocalAgent(socket, WANTED, LIMIT_MS)).rejects.toMatchObject({
      isAbsent,
      message: expect.stringContaining(`${socket}: ${reason}`),
    });
  });
});
