import { describe, expect, it } from 'vitest';
import {
  type KeepalivedOrders,
  serialiseOrders,
} from '../../../../src/domain/keepalived/keepalived-orders.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { ServiceState } from '../../../../src/host/services/services.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { KEEPALIVED_DRIFT } from '../../../../src/operations/drift/keepalived/keepalived-drift.ts';
import { md5 } from '../../../support/md5.ts';

/** A stored configuration of keepalived, and no process. The state `failed` can't be reached with real services that restart. */
const stoppedWith = (
  status: ServiceState['status'],
  orders: KeepalivedOrders | undefined,
  { started = [], isStartQueued = false }: { started?: string[]; isStartQueued?: boolean } = {},
): OperationContext =>
  ({
    paths: createPaths({ basePath: '/b', baseCertDir: '/c', agentServerNetworkDir: '/n' }),
    logger: { warn: () => undefined, info: () => undefined },
    host: {
      files: {
        read: () => Buffer.from('x'),
        readText: () => orders && serialiseOrders(orders),
        list: () => [],
        write: () => undefined,
      },
      processes: { runningPid: () => undefined },
      services: {
        state: () => ({ status: started.length > 0 ? 'active' : status, mainPid: 1, isStartQueued }),
        start: (name: string) => void started.push(name),
        outputMark: () => ({ at: new Date(), length: 0 }),
        outputAfter: () => 'Startup complete',
      },
    },
  }) as unknown as OperationContext;

const RUNNING: KeepalivedOrders = { wanted: 'running', ordered: md5('x'), applied: undefined };
const STOPPED: KeepalivedOrders = { ...RUNNING, wanted: 'stopped' };

it('leaves alone a keepalived that its controller stopped', async () => {
  expect(await KEEPALIVED_DRIFT.observe(stoppedWith('inactive', undefined), undefined)).toEqual([]);
  expect(await KEEPALIVED_DRIFT.observe(stoppedWith('inactive', STOPPED), undefined)).toEqual([]);
  expect(await KEEPALIVED_DRIFT.observe(stoppedWith('failed', STOPPED), undefined)).toEqual([]);
});

it('reports a keepalived that its service manager starts again', async () => {
  const [found] = await KEEPALIVED_DRIFT.observe(stoppedWith('activating', undefined), undefined);
  expect(found?.difference).toMatchObject({ kind: 'keepalived', lock: 'vrrp', repair: undefined });
});

it('starts a keepalived whose service manager gave up', async () => {
  const started: string[] = [];
  const [found] = await KEEPALIVED_DRIFT.observe(stoppedWith('failed', RUNNING, { started }), undefined);
  expect(found?.difference).toMatchObject({ seen: 'does not run', repair: 'start keepalived' });
  await found?.repair?.();
  expect(started).toEqual(['octavia-keepalived']);
});

it('starts a keepalived that was stopped, and whose controller had started it', async () => {
  const started: string[] = [];
  const [found] = await KEEPALIVED_DRIFT.observe(stoppedWith('inactive', RUNNING, { started }), undefined);
  expect(found?.difference).toMatchObject({
    ...{ seen: 'stopped, and its controller did not order it', weight: 'fault' },
    repair: 'start keepalived',
  });
  await found?.repair?.();
  expect(started).toEqual(['octavia-keepalived']);
});

it('reports a keepalived whose start waits for another service', async () => {
  const context = stoppedWith('inactive', RUNNING, { isStartQueued: true });
  expect((await KEEPALIVED_DRIFT.observe(context, undefined))[0]?.difference).toMatchObject({
    ...{ seen: 'does not run: the service manager tries to start it again', repair: undefined },
  });
});

it.each<[ServiceState['status'], KeepalivedOrders | undefined]>([
  ['failed', undefined],
  ['failed', { ...RUNNING, ordered: md5('earlier') }],
  ['inactive', { ...RUNNING, ordered: md5('earlier') }],
])(
  'only reports one that is %s and was never ordered to run the stored configuration',
  async (status, orders) => {
    const [found] = await KEEPALIVED_DRIFT.observe(stoppedWith(status, orders), undefined);
    expect(found?.difference.seen).toMatch(/; only a request starts it: /);
    expect(found?.repair).toBeUndefined();
  },
);

describe('the keepalived of a UDP listener', () => {
  const id = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
  /** The same amphora without VRRP, and with one UDP listener. */
  const listener = (orders: KeepalivedOrders | undefined): OperationContext => {
    const context = stoppedWith('inactive', orders);
    const files = {
      ...context.host.files,
      list: () => [`octavia-keepalivedlvs-${id}.conf`],
      read: (file: string) => (file.startsWith('/b/lvs/') ? Buffer.from('x') : undefined),
    };
    return { ...context, host: { ...context.host, files } } as unknown as OperationContext;
  };
  const found = async (orders: KeepalivedOrders | undefined) =>
    (await KEEPALIVED_DRIFT.observe(listener(orders), undefined)).map(({ difference }) => difference);

  it('is drift when somebody else than its controller stopped it', async () => {
    expect(await found(RUNNING)).toMatchObject([
      { object: `octavia-keepalivedlvs-${id}`, lock: id, repair: 'start keepalived' },
    ]);
    expect(await found(STOPPED)).toEqual([]);
    expect(await found(undefined)).toEqual([]);
  });
});
