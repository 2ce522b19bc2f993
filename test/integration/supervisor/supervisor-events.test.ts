import { appendFile, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceManager } from '../../../src/host/services/services.ts';
import { mainPidOf, nextMainPid, storeKeepalived, until } from '../../support/amphora/amphora-services.ts';
import { QUICK, UNPOLLED } from '../../support/haproxy/supervised-haproxy.ts';
import { useHaproxyScene } from '../../support/haproxy/use-haproxy-scene.ts';
import { noWatches } from '../../support/no-watches.ts';
import { renderTemplate } from '../../support/templates.ts';

const { world, haproxy, manager, startHaproxy } = useHaproxyScene();

const LOG_LENGTH = 2 * 1024 * 1024;
const KEPT = 256 * 1024;

/** Kills the main process. @returns after the service runs with another one */
async function survivesCrash(services: ServiceManager, name: string): Promise<void> {
  const pid = await mainPidOf(services, name);
  process.kill(pid, 'SIGKILL');
  expect(await nextMainPid(services, name, pid)).not.toBe(pid);
}

/** Makes another supervisor, as an agent that was restarted. */
async function restartAgent(...how: Parameters<typeof world.supervisor>): Promise<ServiceManager> {
  manager.close();
  const next = world.supervisor(...how);
  await next.resume();
  return next;
}

describe('a supervisor that looks at no service by itself', () => {
  beforeEach(startHaproxy);

  const logFile = (): string => path.join(world.paths.supervisorState, `${haproxy.name}.log`);
  const logLength = async (): Promise<number> => (await stat(logFile())).size;

  it('sees the end of a service that it started, every time', async () => {
    await survivesCrash(manager, haproxy.name);
    await survivesCrash(manager, haproxy.name);
  });

  it('sees the end of a haproxy that an earlier agent started, also after a reload', async () => {
    const next = await restartAgent(QUICK);
    await next.reload(haproxy.name);
    await until(async () => (await world.processes(haproxy.name)).length >= 2);
    await survivesCrash(next, haproxy.name);
    expect(await haproxy.get()).toBe('one');
  });

  it('sees the end of a keepalived that an earlier agent started', async () => {
    const { name } = world.keepalived;
    await storeKeepalived(renderTemplate, world.paths.vrrp);
    await manager.install(world.keepalived);
    await manager.start(name);
    await survivesCrash(await restartAgent(QUICK), name);
  });

  it('returns a line of the log as soon as it is written', async () => {
    const mark = await manager.outputMark(haproxy.name);
    await appendFile(logFile(), 'now\n');
    expect(await manager.outputSince(haproxy.name, mark)).toBe('now\n');
  });

  it('trims a log when it grows', async () => {
    await appendFile(logFile(), 'x'.repeat(LOG_LENGTH));
    await until(async () => (await logLength()) <= KEPT);
  });

  it('does not restart a service after it was closed', async () => {
    const pid = await mainPidOf(manager, haproxy.name);
    manager.close();
    process.kill(pid, 'SIGKILL');
    await until(async () => (await world.processes(haproxy.name)).length === 0);
    expect(world.pauses).toEqual([]);
  });
});

describe('a supervisor without events', () => {
  const inState = (ending: string): string =>
    path.join(world.paths.supervisorState, `${haproxy.name}.${ending}`);

  it('looks often at a service without a pipe, as an older agent started it', async () => {
    await mkdir(inState('pipe'), { recursive: true });
    await startHaproxy();
    const next = await restartAgent({ ...QUICK, pollMs: { ...UNPOLLED, none: 50 } });
    await survivesCrash(next, haproxy.name);
  });

  it('looks at the logs if the kernel reports no changes of files', async () => {
    await startHaproxy();
    await restartAgent({ ...QUICK, pollMs: { ...UNPOLLED, logs: 50 } }, noWatches);
    await appendFile(inState('log'), 'x'.repeat(LOG_LENGTH));
    await until(async () => (await stat(inState('log'))).size <= KEPT);
  });
});
