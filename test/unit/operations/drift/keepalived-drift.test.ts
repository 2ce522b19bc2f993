import { expect, it } from 'vitest';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { ServiceState } from '../../../../src/host/services/services.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { KEEPALIVED_DRIFT } from '../../../../src/operations/drift/keepalived/keepalived-drift.ts';

/** A stored configuration of keepalived, and no process. The state `failed` can't be reached with real services that restart. */
const stoppedWith = (status: ServiceState['status'], started: string[] = []): OperationContext =>
  ({
    paths: createPaths({ basePath: '/b', baseCertDir: '/c', agentServerNetworkDir: '/n' }),
    logger: { warn: () => undefined, info: () => undefined },
    host: {
      files: {
        read: () => Buffer.from('x'),
        readText: () => undefined,
        list: () => [],
        write: () => undefined,
      },
      processes: { runningPid: () => undefined },
      services: {
        state: () => ({ status: started.length > 0 ? 'active' : status, mainPid: 1 }),
        start: (name: string) => void started.push(name),
        outputMark: () => ({ at: new Date(), length: 0 }),
        outputAfter: () => 'Startup complete',
      },
    },
  }) as unknown as OperationContext;

it('leaves alone a keepalived that its controller stopped', async () => {
  expect(await KEEPALIVED_DRIFT.observe(stoppedWith('inactive'), undefined)).toEqual([]);
});

it('reports a keepalived that its service manager starts again', async () => {
  const [found] = await KEEPALIVED_DRIFT.observe(stoppedWith('activating'), undefined);
  expect(found?.difference).toMatchObject({ kind: 'keepalived', lock: 'vrrp', repair: undefined });
});

it('starts a keepalived whose service manager gave up', async () => {
  const started: string[] = [];
  const [found] = await KEEPALIVED_DRIFT.observe(stoppedWith('failed', started), undefined);
  expect(found?.difference).toMatchObject({ seen: 'does not run', repair: 'start keepalived' });
  await found?.repair?.();
  expect(started).toEqual(['octavia-keepalived']);
});
