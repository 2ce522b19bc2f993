import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createController } from '../../../sandbox/controller/controller.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { parseMasterProcesses } from '../../../src/domain/haproxy/master-processes.ts';
import { MOST_OLD_WORKERS } from '../../../src/domain/service-definitions.ts';
import { lockName } from '../../../src/host/locks.ts';
import { startEndlessRequest } from '../../bench/load/traffic.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { alwaysReload } from '../../support/haproxy/always-reload.ts';

const PARALLEL = 10;
/** the supervisor's message for a reload that checks the configuration first */
const CHECKED_AGAIN = 'reload signal sent to the service';

describe('a reload of haproxy', () => {
  const { world, amphora, must, balancer, vip } = usePluggedAmphora({ prepare: alwaysReload });
  let text: string;

  const upload = (body: string) =>
    must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: body });
  const reload = () => must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  /** haproxy waits for the end of each request, on however busy a machine */
  const variant = (retries: number): string =>
    text.replace('retries 3', `retries ${retries}`).replace(/timeout client \d+/, 'timeout client 1h');
  const checksSoFar = (): number => amphora.agentLog().split(CHECKED_AGAIN).length - 1;
  const master = async () => {
    const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${balancer.id}/master.sock`] as const;
    // a master opens its socket some milliseconds after its start
    return vi.waitFor(
      async () => {
        const said = parseMasterProcesses((await amphora.exec(argv, { input: 'show proc\n' })).stdout);
        if (said === undefined) throw new Error('no master answers');
        return said;
      },
      { timeout: 60_000 },
    );
  };
  /** Opens a connection of its own. @returns a function that reloads over it and returns the status */
  const connect = async (): Promise<() => Promise<number>> => {
    const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
    const { request } = await createController(target, world.pki);
    await request({ method: 'GET', path: '/1.0/info' });
    return async () =>
      (await request({ method: 'PUT', path: `/1.0/loadbalancer/${balancer.id}/reload` })).status;
  };

  /** Holds the lock of the load balancer, as another process of the agent does. @returns a function that releases it */
  const holdBalancer = async (): Promise<() => Promise<void>> => {
    const address = `ABSTRACT-LISTEN:${lockName('/var/lib/octavia', balancer.id)}`;
    const holder = await amphora.box.start(['socat', '-d', '-d', address, 'STDOUT']);
    await holder.printed(/listening on/);
    return async () => {
      holder.signal('SIGTERM');
      await holder.ended();
    };
  };

  beforeAll(async () => {
    text = haproxyConfigText(balancer);
    await upload(text);
    await reload();
  });

  it('checks an uploaded configuration once, and gets a new worker under the same master', async () => {
    const [before, checks] = [await master(), checksSoFar()];
    await upload(variant(4));
    await reload();
    const after = await master();
    expect({ pid: after.masterPid, failed: after.failedReloads }).toEqual({
      pid: before.masterPid,
      failed: 0,
    });
    expect(after.reloads).toBe(before.reloads + 1);
    expect(after.currentWorkerPid).not.toBe(before.currentWorkerPid);
    expect(checksSoFar()).toBe(checks);
  });

  it('checks a configuration that an earlier agent has checked', async () => {
    await upload(variant(5));
    await amphora.stopAgent('SIGKILL');
    await amphora.startAgent();
    const checks = checksSoFar();
    await reload();
    expect(checksSoFar()).toBe(checks + 1);
  });

  it('happens once for all requests that wait while another operation runs', async () => {
    const before = await master();
    const reloaders = await Promise.all(Array.from({ length: PARALLEL }, connect));
    await upload(variant(2));
    const release = await holdBalancer();
    const answers = Promise.all(reloaders.map((reloadApart) => reloadApart()));
    // The agent has read the earlier requests once it has answered these.
    for (let turn = 0; turn < 2; turn += 1) await must('GET', '/1.0/info');
    await release();
    expect(await answers).toEqual(Array.from({ length: PARALLEL }, () => 202));
    expect((await master()).reloads).toBe(before.reloads + 1);
  });

  it('leaves at most so many old workers, and logs a warning before', async () => {
    for (let turn = 0; turn < MOST_OLD_WORKERS + 2; turn += 1) {
      await startEndlessRequest(world.lab, vip());
      await upload(variant(6 + turn));
      await reload();
    }
    await expect.poll(async () => (await master()).oldWorkerPids.length).toBe(MOST_OLD_WORKERS);
    expect(amphora.agentLog()).toContain('many old workers of haproxy still serve their open connections');
  });
});
