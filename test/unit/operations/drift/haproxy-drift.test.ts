import { describe, expect, it } from 'vitest';
import { createPaths } from '../../../../src/domain/paths.ts';
import { SocketSilent } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/host/host.ts';
import type { ServiceState } from '../../../../src/host/services/services.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { HAPROXY_DRIFT } from '../../../../src/operations/drift/haproxy/haproxy-drift.ts';
import { createLastLooks } from '../../../../src/operations/drift/last-looks.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';

const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const paths = createPaths({ basePath: '/b', baseCertDir: '/b/certs', agentServerNetworkDir: '/b/network' });

/** A haproxy that does not answer. Only systemd has the state `failed`. */
const silent = (status: ServiceState['status'], hasMasterSocket = true): OperationContext =>
  ({
    paths,
    queue: createObjectQueue(),
    drift: { lastLooks: createLastLooks() } as OperationContext['drift'],
    host: {
      files: {
        list: async () => [ID],
        exists: async (file: string) => hasMasterSocket || !file.endsWith('master.sock'),
      },
      haproxy: { ask: (socket: string) => Promise.reject(new SocketSilent(socket, 'silent', true)) },
      services: { state: async () => ({ status, mainPid: undefined }) },
    } as Partial<Record<keyof Host, unknown>>,
  }) as OperationContext;

const found = async (context: OperationContext) =>
  (await HAPROXY_DRIFT.observe(context, undefined)).map(({ difference }) => difference);

describe('a haproxy that does not answer', () => {
  it.each<[ServiceState['status'], string, string | undefined]>([
    ['failed', 'does not run', 'start haproxy'],
    ['activating', 'does not run: the service manager tries to start it again', undefined],
    ['active', 'runs, but its worker does not answer', undefined],
  ])('is drift when it is %s', async (status, seen, repair) => {
    expect(await found(silent(status))).toMatchObject([
      { kind: 'haproxy', object: ID, lock: ID, wanted: 'runs', weight: 'fault', seen, repair },
    ]);
  });

  it('is none when it was stopped, and when another agent started it without a master socket', async () => {
    expect(await found(silent('inactive'))).toEqual([]);
    expect(await found(silent('active', false))).toEqual([]);
  });

  it('leaves the looks at other load balancers as they are when the look at it fails', async () => {
    const other = ID.replace('3f2b', '4f2b');
    const context = silent('failed');
    const fail = (): never => {
      throw new Error('records are unreadable');
    };
    const state = async (name: string) =>
      name.includes(ID) ? fail() : { status: 'failed' as const, mainPid: undefined };
    const broken = {
      ...context,
      host: {
        ...context.host,
        files: { ...context.host.files, list: async () => [ID, other] },
        services: { ...context.host.services, state },
      },
    } as OperationContext;
    const unseen: unknown[] = [];
    const seen = await HAPROXY_DRIFT.observe(broken, undefined, (part, error) =>
      unseen.push({ part, error }),
    );
    expect(seen.map(({ difference }) => difference.object)).toEqual([other]);
    expect(unseen).toMatchObject([
      { part: { lock: ID, object: undefined }, error: { message: 'records are unreadable' } },
    ]);
    await expect(HAPROXY_DRIFT.observe(broken, undefined)).rejects.toThrow('records are unreadable');
  });

  it('is left out while an operation holds it', async () => {
    const context = silent('failed');
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = context.queue.run(ID, () => promise);
    expect(await found(context)).toEqual([]);
    resolve();
    await held;
  });
});
