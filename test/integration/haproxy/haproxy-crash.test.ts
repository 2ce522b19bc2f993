import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { ServiceFailed, SocketSilent } from '../../../src/errors.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createHaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { createHaproxyTexts } from '../../../src/host/haproxy/haproxy-texts.ts';
import type { Host } from '../../../src/host/host.ts';
import { createBindTrial } from '../../../src/host/network/bind-trial.ts';
import { createNamespaceNetwork } from '../../../src/host/network/namespace.ts';
import { reloadHaproxy } from '../../../src/operations/haproxy/reload.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { useHaproxyScene } from '../../support/haproxy/use-haproxy-scene.ts';
import { renderTemplate } from '../../support/templates.ts';

const scene = useHaproxyScene();
beforeEach(async () => {
  await scene.startHaproxy();
});

const reload = async (services: Host['services'], ask = createHaproxySockets().ask): Promise<void> => {
  const { world, haproxy } = scene;
  const [files, logger] = [createFiles(), pino({ level: 'silent' })];
  const network = createNamespaceNetwork(createCommandRunner(), files, logger);
  const haproxyTexts = createHaproxyTexts(files);
  const bindTrial = createBindTrial(network, renderPrograms(renderTemplate).bindTrial);
  const host = { files, haproxy: { ask }, haproxyTexts, network, bindTrial, services } as Host;
  const id = haproxy.name.replace('haproxy-', '');
  const context = { paths: world.paths, host, logger };
  return reloadHaproxy(context, loadBalancerId(id));
};

/** Reloads a haproxy that dies meanwhile: the signal finds no process. */
const reloadOfDying = async (): Promise<void> => {
  const { manager } = scene;
  let isAlive = true;
  return reload({
    ...manager,
    async reload(name) {
      if (isAlive) {
        const pid = await scene.mainPid();
        process.kill(pid, 'SIGKILL');
        await until(async () => (await manager.state(name)).mainPid !== pid);
      }
      isAlive = false;
      return manager.reload(name);
    },
  });
};

describe('a haproxy that dies during a reload', () => {
  it('serves the new configuration after its restart, and the reload succeeds', async () => {
    const before = await scene.mainPid();
    await scene.haproxy.configure('two');
    await reloadOfDying();
    expect(await scene.mainPid()).not.toBe(before);
    await expect.poll(() => scene.haproxy.get()).toBe('two');
  });

  it('makes the reload fail after three tries if it cannot be started again', async () => {
    await scene.haproxy.configureText('frontend x\n    bogus\n');
    const failure = await reloadOfDying().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ServiceFailed);
    expect(failure).toMatchObject({
      action: 'reload',
      output: expect.stringContaining('is not active, cannot reload'),
    });
  });
});

it('a haproxy that does not report the states of its members is reloaded all the same', async () => {
  await scene.haproxy.configure('two');
  const { ask } = createHaproxySockets();
  await reload(scene.manager, (socket, command, deadlineMs) =>
    ask(command === 'show servers state' ? '/run/no-such.sock' : socket, command, deadlineMs),
  );
  await expect.poll(() => scene.haproxy.get()).toBe('two');
});

it('a haproxy whose master resets the first connection, as it does while it restarts, is reloaded all the same', async () => {
  await scene.haproxy.configure('two');
  const { ask } = createHaproxySockets();
  let resets = 0;
  await reload(scene.manager, (socket, command, deadlineMs) => {
    if (command !== 'show proc' || resets > 0) return ask(socket, command, deadlineMs);
    resets += 1;
    return Promise.reject(new SocketSilent(socket, `${command}: read ECONNRESET`, false));
  });
  expect(resets).toBe(1);
  await expect.poll(() => scene.haproxy.get()).toBe('two');
});
