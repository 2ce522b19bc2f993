import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_ORDERS } from '../../../src/domain/haproxy/haproxy-orders.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { createFiles } from '../../../src/host/files.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import {
  noteStored,
  noteStoredOrdered,
  noteWanted,
  readHaproxyOrders,
} from '../../../src/operations/haproxy/orders.ts';
import { md5 } from '../../support/md5.ts';

const ID = loadBalancerId('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f');

describe('the notes of what controllers ordered of a load balancer', () => {
  let base: string;
  const warnings: string[] = [];
  const contextWith = (files: Partial<ReturnType<typeof createFiles>>): OperationContext =>
    ({
      paths: createPaths({ basePath: base, baseCertDir: `${base}/certs`, agentServerNetworkDir: base }),
      logger: { warn: (_facts: object, message: string) => void warnings.push(message) },
      host: { files: { ...createFiles(), ...files } },
    }) as unknown as OperationContext;

  beforeEach(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'orders-'));
    await createFiles().makeDirectory(path.join(base, ID));
    warnings.length = 0;
  });

  afterEach(() => rm(base, { recursive: true }));

  it('have the last order, and the configurations that were stored last', async () => {
    const context = contextWith({});
    expect(await readHaproxyOrders(context, ID)).toEqual(NO_ORDERS);
    for (const md5 of ['a', 'b', 'b', 'c']) await noteStored(context, ID, md5);
    await noteWanted(context, ID, 'running');
    await noteWanted(context, ID, 'stopped');
    expect(await readHaproxyOrders(context, ID)).toEqual({
      wanted: 'stopped',
      stored: ['c', 'b'],
      ordered: undefined,
    });
  });

  it('have the stored configuration that haproxy was ordered to run, until another one is stored', async () => {
    const context = contextWith({});
    const ordered = async () => (await readHaproxyOrders(context, ID)).ordered;
    const store = async (text: string): Promise<void> => {
      await noteStored(context, ID, md5(text));
      await createFiles().write(context.paths.loadBalancer(ID).config, text, { mode: 0o600 });
    };
    await store('a');
    expect(await ordered()).toBeUndefined();
    await noteWanted(context, ID, 'running');
    expect(await ordered()).toBe(md5('a'));
    await noteWanted(context, ID, 'stopped');
    await store('a');
    expect(await ordered()).toBe(md5('a'));
    await store('b');
    expect(await ordered()).toBeUndefined();
    await noteStoredOrdered(context, ID);
    expect(await readHaproxyOrders(context, ID)).toMatchObject({ wanted: 'stopped', ordered: md5('b') });
  });

  it('say nothing rather than an old order when a stop can not be noted', async () => {
    await noteWanted(contextWith({}), ID, 'running');
    const full = contextWith({ write: () => Promise.reject(new Error('no space left on the device')) });
    await noteWanted(full, ID, 'stopped');
    expect(await readHaproxyOrders(full, ID)).toEqual(NO_ORDERS);
    expect(warnings).toEqual(['an order for haproxy is not noted']);
  });
});
