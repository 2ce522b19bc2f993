import { describe, expect, it } from 'vitest';
import { NO_ORDERS, serialiseHaproxyOrders } from '../../../../src/domain/haproxy/haproxy-orders.ts';
import { keptConfigName } from '../../../../src/domain/haproxy/kept-config.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { WantedState } from '../../../../src/domain/wanted-state.ts';
import { SocketSilent } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/host/host.ts';
import type { ServiceState } from '../../../../src/host/services/services.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { HAPROXY_DRIFT } from '../../../../src/operations/drift/haproxy/haproxy-drift.ts';
import { createLastLooks } from '../../../../src/operations/drift/last-looks.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';
import { md5 } from '../../../support/md5.ts';

const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const paths = createPaths({ basePath: '/b', baseCertDir: '/b/certs', agentServerNetworkDir: '/b/network' });

interface Silent {
  readonly state?: Partial<ServiceState>;
  readonly hasMasterSocket?: boolean;
  readonly wanted?: WantedState;
  /** the stored configuration, those that the agent stored, and the one that ran last */
  readonly stored?: string;
  readonly uploaded?: readonly string[];
  readonly ran?: string;
}

/** A haproxy that does not answer. Only systemd has the state `failed`, and a service that somebody else stopped. */
const silent = (
  status: ServiceState['status'],
  { state, hasMasterSocket = true, wanted, stored = 'a', uploaded = [], ran = 'a' }: Silent = {},
): OperationContext =>
  ({
    paths,
    queue: createObjectQueue(),
    drift: { lastLooks: createLastLooks() } as OperationContext['drift'],
    host: {
      files: {
        list: async (directory: string) =>
          directory.endsWith('history')
            ? [keptConfigName({ order: 1, since: new Date(0), md5: md5(ran) })].slice(ran === '' ? 1 : 0)
            : [ID],
        read: async (file: string) => Buffer.from(file.includes('/history/') ? ran : stored),
        readText: async () =>
          serialiseHaproxyOrders({ ...NO_ORDERS, wanted, stored: uploaded.map((text) => md5(text)) }),
        exists: async (file: string) => hasMasterSocket || !file.endsWith('master.sock'),
      },
      haproxy: { ask: (socket: string) => Promise.reject(new SocketSilent(socket, 'silent', true)) },
      services: { state: async () => ({ status, mainPid: undefined, ...state }) },
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
    expect(await found(silent('active', { hasMasterSocket: false }))).toEqual([]);
  });

  it('is drift when it was stopped and its controller had started it', async () => {
    expect(await found(silent('inactive', { wanted: 'running' }))).toMatchObject([
      {
        ...{ kind: 'haproxy', wanted: 'runs', weight: 'fault', repair: 'start haproxy' },
        seen: 'stopped, and its controller did not order it',
      },
    ]);
  });

  it('is only reported while its start waits for another service', async () => {
    const context = silent('inactive', { wanted: 'running', state: { isStartQueued: true } });
    expect(await found(context)).toMatchObject([
      { seen: 'does not run: the service manager tries to start it again', repair: undefined },
    ]);
  });

  it.each<ServiceState['status']>(['inactive', 'failed'])(
    'is none when its controller stopped it and it is %s',
    async (status) => {
      expect(await found(silent(status, { wanted: 'stopped' }))).toEqual([]);
    },
  );

  it.each<[string, Silent]>([
    ['the stored configuration was uploaded and never reloaded', { stored: 'b', uploaded: ['b', 'a'] }],
    ['the stored configuration was changed by hand', { stored: 'b', uploaded: ['a'] }],
    ['the stored configuration is another one than the one that ran last', { stored: 'b' }],
    ['no configuration of it has run yet', { ran: '' }],
  ])('is only reported when a start would put another text in force: %s', async (reason, texts) => {
    for (const status of ['failed', 'inactive'] as const) {
      const [one] = await found(silent(status, { wanted: 'running', ...texts }));
      expect(one?.seen).toMatch(new RegExp(`; only a request starts it: ${reason}$`));
      expect(one?.repair).toBeUndefined();
    }
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
    const seen = await HAPROXY_DRIFT.observe(broken, undefined, (part, failure) =>
      unseen.push({ part, ...failure }),
    );
    expect(seen.map(({ difference }) => difference.object)).toEqual([other]);
    expect(unseen).toMatchObject([
      { part: { lock: ID, object: undefined }, error: { message: 'records are unreadable' } },
    ]);
    await expect(HAPROXY_DRIFT.observe(broken, undefined)).rejects.toThrow('records are unreadable');
  });

  it('is not judged while an operation holds it', async () => {
    const context = silent('failed');
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = context.queue.run(ID, () => promise);
    const notJudged: unknown[] = [];
    const seen = await HAPROXY_DRIFT.observe(context, undefined, (part, failure) =>
      notJudged.push({ lock: part.lock, failure }),
    );
    expect(seen).toEqual([]);
    expect(notJudged).toEqual([{ lock: ID, failure: undefined }]);
    resolve();
    await held;
  });
});
