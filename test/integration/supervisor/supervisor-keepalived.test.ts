import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceDefinition } from '../../../src/domain/service-definitions.ts';
import type { ServiceManager } from '../../../src/host/services/services.ts';
import { nextMainPid, storeKeepalived } from '../../support/amphora/amphora-services.ts';
import {
  createSupervisedWorld,
  QUICK,
  type SupervisedWorld,
  UNPOLLED,
} from '../../support/haproxy/supervised-haproxy.ts';
import { renderTemplate } from '../../support/templates.ts';

let world: SupervisedWorld;
let manager: ServiceManager;

beforeEach(async () => {
  world = await createSupervisedWorld();
  // a keepalived in the background closes its standard input, so that nothing reports its end
  manager = world.supervisor({ ...QUICK, pollMs: { ...UNPOLLED, none: 50 } });
});

afterEach(() => world?.close());

describe('a supervised keepalived', () => {
  const keeps = async (definition: ServiceDefinition): Promise<void> => {
    const { paths } = world;
    await storeKeepalived(renderTemplate, paths.vrrp);
    await manager.install(definition);
    await manager.start(definition.name);
    const { status, mainPid: pid } = await manager.state(definition.name);
    expect(status).toBe('active');
    expect(Number(await readFile(paths.vrrp.pidFile, 'utf8'))).toBe(pid);
    await manager.reload(definition.name);
    const crashed = pid ?? 0;
    process.kill(crashed, 'SIGKILL');
    expect(await nextMainPid(manager, definition.name, crashed)).not.toBe(crashed);
    await manager.stop(definition.name);
    expect(await world.processes(definition.name)).toEqual([]);
  };

  it('starts, reloads, is started again after a crash, and stops', async () => {
    await keeps(world.keepalived);
    const words = await manager.outputSince(world.keepalived.name, { at: new Date(0), length: 0 });
    expect(words).toContain('Starting Keepalived');
  });

  it('may fork into the background as under systemd', async () => {
    const { supervised } = world.keepalived;
    if (supervised === null) throw new Error('keepalived has no process');
    const [program, ...args] = supervised.command;
    const command: typeof supervised.command = [
      program,
      ...args.filter((arg) => !['-n', '-l'].includes(arg)),
    ];
    await keeps({ ...world.keepalived, supervised: { ...supervised, command, forks: true } });
  });
});
