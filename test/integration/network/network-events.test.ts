import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/fixture.ts';
import { openWatchedNetwork } from '../../support/network/watched-network.ts';

describe('an event of the kernel', () => {
  const world = fixture(openWatchedNetwork, (opened) => opened.close());
  const inside = (line: string): Promise<string> => world.inside(line);
  const eth = (name: string): Promise<string> => inside(`ip -o address show dev ${name}`);

  it('makes the agent see within the interval that addresses were flushed', async () => {
    await inside('ip address flush dev eth1');
    await expect.poll(() => eth('eth1')).toContain(' 10.90.0.10/32 ');
    expect(await eth('eth1')).toContain(' 10.90.0.3/24 ');
  });

  it.each([
    ['an interface is down', 'ip link set eth2 down', 'ip -o link show eth2', 'UP,LOWER_UP'],
    ['a route was deleted', 'ip route del default table 1', 'ip route show table 1', 'default via 10.90.0.1'],
    ['a rule was deleted', 'ip rule del from 10.90.0.10', 'ip rule show', 'from 10.90.0.10'],
  ])('makes it see that %s', async (_what, damage, look, wanted) => {
    await inside(damage);
    await expect.poll(() => inside(look)).toContain(wanted);
  });

  it('makes it see that a NIC was deleted', async () => {
    await inside('ip link delete eth2');
    await expect
      .poll(() => world.context.drift.items())
      .toContainEqual(expect.objectContaining({ kind: 'interface', object: 'eth2' }));
  });

  it('is not reported by an agent without file descriptors, which goes on all the same', async () => {
    const script = 'test/support/network/no-descriptors.ts';
    const limited = ['--nofile=64', process.execPath, script];
    const { stdout } = await promisify(execFile)('prlimit', limited);
    expect(JSON.parse(stdout)).toEqual({ second: 'network watch: spawn setpriv EMFILE' });
  });

  it('is reported in a new namespace after the next look, and no longer after the end', async () => {
    await world.lab.run('ip', 'netns', 'delete', 'amphora-haproxy');
    expect(world.networkWatch.renew()).toBeUndefined();
    await world.lab.run('ip', 'netns', 'add', 'amphora-haproxy');
    expect(world.networkWatch.renew()).toBeUndefined();
    const pids = (): Promise<string> => world.lab.run('ip', 'netns', 'pids', 'amphora-haproxy');
    await expect.poll(pids).not.toBe('');
    let events = 0;
    world.networkWatch.onDamage(() => {
      events += 1;
    });
    await expect
      .poll(async () => {
        await inside('ip link set lo up');
        await inside('ip link set lo down');
        return events;
      })
      .toBeGreaterThan(0);
    world.networkWatch.end();
    await expect.poll(pids).toBe('');
  });
});
