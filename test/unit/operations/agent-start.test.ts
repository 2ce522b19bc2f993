import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { ServiceFailed, SocketSilent } from '../../../src/errors.ts';
import { createFiles } from '../../../src/host/files.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { keepStoredConfig } from '../../../src/operations/haproxy/history.ts';
import { rollBackIfBroken } from '../../../src/operations/haproxy/last-good.ts';
import { noteStored, noteWanted } from '../../../src/operations/haproxy/orders.ts';
import { createReloadCounter } from '../../../src/operations/run-time/reload-counts.ts';
import { md5 } from '../../support/md5.ts';

const ID = loadBalancerId('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f');
const files = createFiles();

/** Only systemd has such a service: the supervisor starts it again. */
describe('a haproxy that systemd gave up, at the start of the agent', () => {
  let context: OperationContext;
  let config: string;
  let base: string;
  /** the texts with which haproxy was started */
  const started: string[] = [];
  const logs: string[] = [];

  const write = (text: string) => files.write(config, text, { mode: 0o600 });
  const upload = async (text: string): Promise<void> => {
    await noteStored(context, ID, md5(text));
    await write(text);
  };

  beforeEach(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'agent-start-'));
    started.length = 0;
    logs.length = 0;
    const paths = createPaths({ basePath: base, baseCertDir: `${base}/certs`, agentServerNetworkDir: base });
    config = paths.loadBalancer(ID).config;
    context = {
      paths,
      logger: pino({}, { write: (line: string) => void logs.push(JSON.parse(line).msg) }),
      reloads: createReloadCounter(),
      host: {
        files,
        haproxy: { ask: (socket: string) => Promise.reject(new SocketSilent(socket, 'silent', true)) },
        haproxyTexts: { read: () => Promise.resolve(undefined) },
        services: {
          state: () => Promise.resolve({ status: 'failed', mainPid: undefined }),
          outputMark: () => Promise.resolve(undefined),
          async start(name: string) {
            started.push(await readFile(config, 'utf8'));
            throw new ServiceFailed('start', name, 'cannot bind');
          },
        },
      },
    } as unknown as OperationContext;
    await files.makeDirectory(path.dirname(config));
    await upload('ran\n');
    await noteWanted(context, ID, 'running');
    await keepStoredConfig(context, ID);
  });

  afterEach(() => rm(base, { recursive: true }));

  it('is started with a text that its controller ordered, and then with the one that ran last', async () => {
    await upload('ordered\n');
    await noteWanted(context, ID, 'running');
    await rollBackIfBroken(context, ID);
    expect(started).toEqual(['ordered\n', 'ran\n']);
  });

  it.each([
    ['uploaded', upload],
    ['written by hand', write],
  ])('is not started with a text that was only %s', async (_how, store) => {
    await store('not ordered\n');
    await rollBackIfBroken(context, ID);
    expect(started).toEqual([]);
    expect(await readFile(config, 'utf8')).toBe('not ordered\n');
    expect(logs).toEqual(['haproxy is left as it is: nobody ordered it to run its stored configuration']);
  });

  it('is not started when its controller stopped it', async () => {
    await upload('ordered\n');
    await noteWanted(context, ID, 'running');
    await noteWanted(context, ID, 'stopped');
    await rollBackIfBroken(context, ID);
    expect(started).toEqual([]);
  });
});
