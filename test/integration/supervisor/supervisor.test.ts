import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { failureOf, nextMainPid, reloadUntil, until } from '../../support/amphora/amphora-services.ts';
import { QUICK } from '../../support/haproxy/supervised-haproxy.ts';
import { useHaproxyScene } from '../../support/haproxy/use-haproxy-scene.ts';

const scene = useHaproxyScene();
const { world, haproxy, manager } = scene;

describe('a supervised haproxy', () => {
  it('does not run before it is started', async () => {
    expect(await manager.install(haproxy.definition)).toBe('written');
    expect(await manager.install(haproxy.definition)).toBe('unchanged');
    await manager.enable(haproxy.name);
    expect(await manager.state(haproxy.name)).toEqual({ status: 'inactive', mainPid: undefined });
    expect(await haproxy.get()).toBeUndefined();
  });

  it('answers in the namespace of the amphora once it is started', async () => {
    const pid = await scene.startHaproxy();
    expect(await haproxy.get()).toBe('one');
    expect(Number(await readFile(haproxy.pidFile, 'utf8'))).toBe(pid);
    expect(
      execFileSync('ip', ['netns', 'identify', String(pid)])
        .toString()
        .trim(),
    ).toBe(AMPHORA_NAMESPACE);
    await manager.start(haproxy.name);
    expect(await scene.mainPid()).toBe(pid);
  });

  it('may open as many files as the kernel allows', async () => {
    const limits = await readFile(`/proc/${await scene.startHaproxy()}/limits`, 'utf8');
    const kernel = Number(await readFile('/proc/sys/fs/nr_open', 'utf8'));
    const own = Number(
      /^Max open files\s+\d+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1],
    );
    const given = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1]);
    expect([Math.min(2_600_000, kernel), own]).toContain(given);
  });

  it('that refuses its configuration says why', async () => {
    await haproxy.configureText('frontend x\n    bogus\n');
    await manager.install(haproxy.definition);
    const { action, output } = await failureOf(manager.start(haproxy.name));
    expect(action).toBe('start');
    expect(output).toContain("unknown keyword 'bogus'");
    expect(await world.processes(haproxy.name)).toEqual([]);
  });

  it('that refuses its configuration is started again after longer and longer pauses', async () => {
    await haproxy.configureText('frontend x\n    bogus\n');
    await manager.install(haproxy.definition);
    await failureOf(manager.start(haproxy.name));
    await until(() => world.pauses.length >= 4);
    expect(world.pauses.slice(0, 4)).toEqual([50, 100, 200, 400]);
  });

  it('that cannot bind says why, and is started again until it can', async () => {
    const occupant = await world.occupy(haproxy.port);
    await manager.install(haproxy.definition);
    const { output } = await failureOf(manager.start(haproxy.name));
    expect(output).toMatch(/cannot bind socket/i);
    expect((await manager.state(haproxy.name)).status).toBe('activating');
    occupant.kill();
    await until(async () => (await haproxy.get()) === 'one');
  });

  it('serves a changed configuration after a reload, by the same master', async () => {
    const pid = await scene.startHaproxy();
    await haproxy.configure('two', [haproxy.port, haproxy.port + 10]);
    await reloadUntil(manager, haproxy.name, async () => (await haproxy.get(haproxy.port + 10)) === 'two');
    expect(await scene.mainPid()).toBe(pid);
  });

  it('goes on with its old configuration when the new one is refused', async () => {
    await scene.startHaproxy();
    await haproxy.configureText('frontend x\n    bogus\n');
    const { action, output } = await failureOf(manager.reload(haproxy.name));
    expect(action).toBe('reload');
    expect(output).toContain("unknown keyword 'bogus'");
    expect(await haproxy.get()).toBe('one');
  });

  it('goes on with its old configuration when the new one cannot bind, and its output can be read', async () => {
    const taken = haproxy.port + 10;
    await world.occupy(taken);
    await scene.startHaproxy();
    await haproxy.configure('two', [haproxy.port, taken]);
    const since = await manager.outputMark(haproxy.name);
    await reloadUntil(manager, haproxy.name, async () =>
      /cannot bind socket/i.test(await manager.outputSince(haproxy.name, since)),
    );
    // while the new worker tries to bind, the old one pauses its listeners (haproxy management guide, section 4)
    await until(async () => (await haproxy.get()) === 'one');
    expect((await manager.state(haproxy.name)).status).toBe('active');
  });

  it('that crashes is started again, without leftovers', async () => {
    const pid = await scene.startHaproxy();
    const before = await world.processes(haproxy.name);
    expect(before.length).toBeGreaterThan(1);
    process.kill(pid, 'SIGKILL');
    expect(await nextMainPid(manager, haproxy.name, pid)).not.toBe(pid);
    expect(await haproxy.get()).toBe('one');
    const old = new Set(before.map((entry) => entry.pid));
    expect((await world.processes(haproxy.name)).filter((entry) => old.has(entry.pid))).toEqual([]);
  });

  it('that is stopped ends with all its workers, and stays down', async () => {
    await scene.startHaproxy();
    await manager.stop(haproxy.name);
    expect(await world.processes(haproxy.name)).toEqual([]);
    expect((await manager.state(haproxy.name)).status).toBe('inactive');
    const restarted = world.supervisor(QUICK);
    await restarted.resume();
    expect((await restarted.state(haproxy.name)).status).toBe('inactive');
    const { output } = await failureOf(manager.reload(haproxy.name));
    expect(output).toContain('is not active, cannot reload');
    await manager.stop(haproxy.name);
  });

  it('that hangs is killed when it is stopped', async () => {
    const impatient = world.supervisor({ stopMs: 200 });
    await impatient.install(haproxy.definition);
    await impatient.start(haproxy.name);
    for (const { pid } of await world.processes(haproxy.name)) process.kill(pid, 'SIGSTOP');
    await impatient.stop(haproxy.name);
    expect(await world.processes(haproxy.name)).toEqual([]);
  });

  it('that is removed is forgotten', async () => {
    await scene.startHaproxy();
    await manager.remove(haproxy.name);
    expect(await world.processes(haproxy.name)).toEqual([]);
    const restarted = world.supervisor(QUICK);
    await restarted.resume();
    expect((await failureOf(restarted.start(haproxy.name))).output).toBe('no such service');
    await manager.remove(haproxy.name);
    await manager.stop(haproxy.name);
  });

  it('can be started, stopped and started again', async () => {
    await manager.install(haproxy.definition);
    const { name } = haproxy;
    await Promise.all([manager.start(name), manager.stop(name), manager.start(name), manager.start(name)]);
    expect((await manager.state(name)).status).toBe('active');
    expect(await haproxy.get()).toBe('one');
  });
});
