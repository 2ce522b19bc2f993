import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { nextMainPid, reloadUntil, until } from '../../support/amphora/amphora-services.ts';
import { QUICK } from '../../support/haproxy/supervised-haproxy.ts';
import { useHaproxyScene } from '../../support/haproxy/use-haproxy-scene.ts';

const scene = useHaproxyScene();
const { world, haproxy, manager } = scene;
/** longer than the first pause of QUICK */
const A_RETRY_MS = 500;

describe('an agent that is killed', () => {
  let agent: ChildProcess;

  beforeEach(async () => {
    const definitionFile = path.join(world.paths.base, 'definition.json');
    await writeFile(definitionFile, JSON.stringify(haproxy.definition));
    const fixture = path.resolve(import.meta.dirname, '../../fixtures/supervising-agent.ts');
    agent = spawn(process.execPath, [fixture, world.paths.supervisorState, definitionFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (agent.stdout === null) throw new Error('no stdout');
    await once(agent.stdout, 'data');
    const ended = once(agent, 'exit');
    agent.kill('SIGKILL');
    await ended;
  });

  it('leaves haproxy running, which the next agent supervises', async () => {
    const pid = Number(await readFile(haproxy.pidFile, 'utf8'));
    expect(await haproxy.get()).toBe('one');
    await manager.resume();
    expect(await manager.state(haproxy.name)).toEqual({ status: 'active', mainPid: pid });
    await haproxy.configure('two');
    await reloadUntil(manager, haproxy.name, async () => (await haproxy.get()) === 'two');
    expect(await scene.mainPid()).toBe(pid);
  });

  it('leaves a haproxy that the next agent restarts after a crash, and can stop', async () => {
    await manager.resume();
    const pid = await scene.mainPid();
    process.kill(pid, 'SIGKILL');
    expect(await nextMainPid(manager, haproxy.name, pid)).not.toBe(pid);
    expect(await haproxy.get()).toBe('one');
    await manager.stop(haproxy.name);
    expect(await world.processes(haproxy.name)).toEqual([]);
  });

  it('makes the next agent start a haproxy that crashed in the meantime', async () => {
    process.kill(Number(await readFile(haproxy.pidFile, 'utf8')), 'SIGKILL');
    await manager.resume();
    await until(async () => (await manager.state(haproxy.name)).status === 'active');
    await until(async () => (await haproxy.get()) === 'one');
  });

  it('leaves a pid that the next agent does not mistake for haproxy when another process has it', async () => {
    const pid = Number(await readFile(haproxy.pidFile, 'utf8'));
    process.kill(pid, 'SIGKILL');
    await until(async () => (await world.processes(haproxy.name)).length === 0);
    await writeFile(haproxy.pidFile, `${process.pid}\n`);
    await manager.resume();
    await until(async () => (await manager.state(haproxy.name)).status === 'active');
    expect(await scene.mainPid()).not.toBe(process.pid);
  });
});

describe('a service that the agent supervises and tracks again, as for a report', () => {
  it('is not started again after a stop', async () => {
    await scene.startHaproxy();
    await manager.track(haproxy.name);
    await manager.stop(haproxy.name);
    // a second watch of the service would start it within this time
    await delay(A_RETRY_MS);
    expect(world.pauses).toEqual([]);
    expect(await world.processes(haproxy.name)).toEqual([]);
  });

  it('runs for the agent while haproxy writes its pid file', async () => {
    const pid = await scene.startHaproxy();
    await writeFile(haproxy.pidFile, '');
    await manager.track(haproxy.name);
    expect(await manager.state(haproxy.name)).toEqual({ status: 'active', mainPid: pid });
  });
});

describe('a supervisor after a boot', () => {
  /** Changes the record so that it is of an earlier boot. */
  const forgetBoot = async (): Promise<void> => {
    const file = path.join(world.paths.supervisorState, `${haproxy.name}.json`);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"boot": ".*"/, '"boot": "earlier"'));
  };

  it('starts an enabled service', async () => {
    await manager.install(haproxy.definition);
    await manager.enable(haproxy.name);
    await manager.start(haproxy.name);
    await manager.stop(haproxy.name);
    await forgetBoot();
    const booted = world.supervisor(QUICK);
    await booted.resume();
    await until(async () => (await booted.state(haproxy.name)).status === 'active');
  });

  it('does not start a service that is not enabled', async () => {
    await scene.startHaproxy();
    await manager.stop(haproxy.name);
    await forgetBoot();
    const booted = world.supervisor(QUICK);
    await booted.resume();
    expect((await booted.state(haproxy.name)).status).toBe('inactive');
  });

  it('ignores a damaged record of a service and starts the others', async () => {
    await scene.startHaproxy();
    await writeFile(path.join(world.paths.supervisorState, 'haproxy-x.json'), '{"name":');
    const booted = world.supervisor(QUICK);
    await booted.resume();
    expect((await booted.state(haproxy.name)).status).toBe('active');
  });
});
