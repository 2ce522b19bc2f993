import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { CommandFailed } from '../../../src/errors.ts';
import { fixture, fixtureForEach } from '../../support/fixture.ts';
import {
  DISTRUSTING,
  freshLook,
  lookAt,
  NO_PROGRAMS,
  openWatchLab,
  SETTLED_MS,
  type Seen,
  TRUSTING,
  watchWith,
} from '../../support/network/watch-lab.ts';

describe('a look at the network after a change', () => {
  const world = fixture(openWatchLab, (opened) => opened.close());

  it.each<[what: string, change: string, part: keyof Seen]>([
    ['a link', 'ip link add name new0 type veth peer name new9', 'interfaces'],
    ['a deleted link', 'ip link del new0', 'interfaces'],
    ['the name of a link', 'ip link set dev spare0 name spare1', 'interfaces'],
    ['an MTU', 'ip link set dev eth9 mtu 1400', 'interfaces'],
    ['an address', 'ip address add 192.0.2.7/32 dev eth9', 'interfaces'],
    ['a deleted address', 'ip address del 192.0.2.7/32 dev eth9', 'interfaces'],
    ['an IPv6 address', 'ip address add fd00:77::7/64 dev eth9 nodad', 'interfaces'],
    ['a deleted IPv6 address', 'ip address del fd00:77::7/64 dev eth9', 'interfaces'],
    ['an address of a link that is down', 'ip address add 192.0.2.8/32 dev spare9', 'interfaces'],
    ['an IPv6 address of a link that is down', 'ip address add fd00:79::7/64 dev spare9', 'interfaces'],
    ['a route', 'ip route add 198.51.100.0/24 via 10.77.0.1', 'interfaces'],
    ['a deleted route', 'ip route del 203.0.113.0/24', 'interfaces'],
    ['an IPv6 route', 'ip -6 route add fd00:78::/64 via fd00:77::1', 'interfaces'],
    ['a deleted IPv6 route', 'ip -6 route del fd00:78::/64', 'interfaces'],
    ['a rule', 'ip rule add from 192.0.2.9 table 7', 'interfaces'],
    ['a deleted rule', 'ip rule del from 10.77.0.5 table 1', 'interfaces'],
    ['an IPv6 rule', 'ip -6 rule add from fd00:77::5 table 1', 'interfaces'],
    ['a deleted IPv6 rule', 'ip -6 rule del from fd00:77::5 table 1', 'interfaces'],
    ['a deleted next hop', 'ip nexthop del id 5', 'interfaces'],
    ['a link that is down', 'ip link set dev eth9 down', 'interfaces'],
    ['a table', 'nft add table ip new', 'tables'],
    ['a deleted table', 'nft delete table ip new', 'tables'],
    ['a chain', 'nft add chain ip wanted new', 'tables'],
    ['a rule of nftables', 'nft add rule ip wanted new drop', 'tables'],
    ['deleted rules of nftables', 'nft flush chain ip wanted forward', 'tables'],
    ['a setting of the kernel', 'sysctl -q -w net.ipv4.ip_forward=1', 'settings'],
  ])('sees %s, and the next one asks no program', async (_what, change, part) => {
    const before = await world.unchangedLook();
    await world.inside(change);
    const after = await lookAt(world.watch);
    expect(after[part]).not.toEqual(before[part]);
    expect(await world.unchangedLook()).toEqual(await freshLook());
  });
});

describe('a look at the network', () => {
  const world = fixtureForEach(openWatchLab, (opened) => opened.close());

  it('starts neither ip nor nft when nothing has changed, and shows the same objects', async () => {
    const watch = watchWith({});
    watch.renew();
    await lookAt(watch);
    await delay(SETTLED_MS);
    const before = await lookAt(watch);
    const after = await world.withPrograms(NO_PROGRAMS, async () => {
      await expect(freshLook()).rejects.toThrow('ip -4: exit code 1');
      return lookAt(watch);
    });
    watch.end();
    expect(after).toEqual(await freshLook());
    expect(after.interfaces).toBe(before.interfaces);
    expect(after.tables).toBe(before.tables);
  });

  it('distrusts a report that has just come, because the change may follow it', async () => {
    const watch = watchWith({}, DISTRUSTING);
    watch.renew();
    await lookAt(watch);
    await world.withPrograms(NO_PROGRAMS, () => expect(lookAt(watch)).rejects.toThrow('ip -4: exit code 1'));
    watch.end();
  });

  it('sees what changed while the look before was asking', async () => {
    await lookAt(world.watch);
    await world.inside('ip address add 192.0.2.8/32 dev eth9');
    await world.inside('nft add table ip new');
    const { ip, nft } = world.real;
    const changing = {
      ip: `"${ip}" "$@"\n[ "$1" = -4 ] && "${ip}" address add 192.0.2.9/32 dev eth9\nexit 0`,
      nft: `"${nft}" "$@"\n"${nft}" add table ip newer`,
    };
    const during = await world.withPrograms(changing, () => lookAt(world.watch));
    const after = await lookAt(world.watch);
    expect(after).toEqual(await freshLook());
    const addresses = ({ interfaces }: Seen): string[] =>
      interfaces.flatMap((one) => one.addresses.map(({ address }) => address));
    expect(addresses(during)).toContain('192.0.2.8');
    expect(addresses(during)).not.toContain('192.0.2.9');
    expect(addresses(after)).toContain('192.0.2.9');
    expect([...(during.tables?.keys() ?? [])]).toEqual(['ip wanted', 'ip new']);
    expect([...(after.tables?.keys() ?? [])]).toEqual(['ip wanted', 'ip new', 'ip newer']);
  });

  it('sees all again after a time, in case a report got lost', async () => {
    const watch = watchWith({ wholeMs: 0 }, TRUSTING);
    watch.renew();
    await lookAt(watch);
    await lookAt(watch);
    await world.withPrograms(NO_PROGRAMS, () => expect(lookAt(watch)).rejects.toThrow('ip -4: exit code 1'));
    watch.end();
  });

  it('fails as ip and nft do, each by itself, and the next look asks them again', async () => {
    await lookAt(world.watch);
    await world.inside('ip link set dev eth9 mtu 1400');
    await world.inside('nft add table ip new');
    const failing = { ip: 'echo wrong >&2; exit 3', nft: 'kill -9 $$' };
    const sight = await world.withPrograms(failing, () => world.watch.look({ withTables: true, keys: [] }));
    expect(() => sight.interfaces()).toThrow('ip -4: exit code 3: wrong');
    expect(() => sight.tables()).toThrow('nft -j list ruleset: ended by signal 9');
    expect(await lookAt(world.watch)).toEqual(await freshLook());
  });

  it('asks again after an answer that can not be read', async () => {
    await lookAt(world.watch);
    await world.inside('ip link set dev eth9 mtu 1400');
    await world.withPrograms({ ip: 'echo nonsense' }, () =>
      expect(lookAt(world.watch)).rejects.toThrow(SyntaxError),
    );
    expect(await lookAt(world.watch)).toEqual(await freshLook());
  });

  it('waits for the look before', async () => {
    const without = world.watch.look({ withTables: false, keys: [] });
    const looks = await Promise.all([lookAt(world.watch), lookAt(world.watch)]);
    const fresh = await freshLook();
    expect(looks).toEqual([fresh, fresh]);
    expect((await without).interfaces()).toEqual(fresh.interfaces);
    expect((await without).tables()).toBeUndefined();
  });

  it('works after the program was killed, and the reason is given once', async () => {
    const before = await lookAt(world.watch);
    await world.kill('SIGKILL');
    await expect.poll(() => world.watch.renew()).toBe('network watch: ended by SIGKILL');
    expect(world.watch.renew()).toBeUndefined();
    expect(await lookAt(world.watch)).toEqual(before);
  });

  it('fails when the program is killed during it, and the next one works', async () => {
    const before = await lookAt(world.watch);
    await world.kill('SIGSTOP');
    const look = expect(lookAt(world.watch)).rejects.toThrow(CommandFailed);
    await world.kill('SIGKILL');
    await look;
    expect(await lookAt(world.watch)).toEqual(before);
  });

  it('ends a program that does not answer in time, and what that runs', async () => {
    const watch = watchWith({ answerMs: 10_000 }, DISTRUSTING);
    watch.renew();
    const before = await lookAt(watch);
    await world.withPrograms({ ip: 'exec sleep 4711' }, () =>
      expect(lookAt(watch)).rejects.toMatchObject({
        timedOut: true,
        message: 'network watch: no answer within 10000 ms',
      }),
    );
    await expect.poll(() => world.lab.run('ps', '-eo', 'args')).not.toContain('sleep 4711');
    expect(watch.renew()).toBe('network watch: no answer within 10000 ms');
    expect(await lookAt(watch)).toEqual(before);
    watch.end();
  });

  it('is at the namespace that has taken the place of the one before', async () => {
    await lookAt(world.watch);
    await world.lab.run('ip', 'netns', 'delete', AMPHORA_NAMESPACE);
    await expect(lookAt(world.watch)).rejects.toThrow('network watch: no namespace amphora-haproxy');
    await world.lab.run('ip', 'netns', 'add', AMPHORA_NAMESPACE);
    const after = await lookAt(world.watch);
    expect(after.interfaces.map(({ name }) => name)).toEqual(['lo']);
    expect(after).toEqual(await freshLook());
  });

  it('sees all when the kernel lost reports, and that is reported as a damage', async () => {
    await lookAt(world.watch);
    let damages = 0;
    world.watch.onDamage(() => {
      damages += 1;
    });
    await world.kill('SIGSTOP');
    expect(await world.loseReports()).toBeGreaterThan(0);
    await world.kill('SIGCONT');
    await expect.poll(() => damages).toBe(1);
    await world.withPrograms(NO_PROGRAMS, () => expect(lookAt(world.watch)).rejects.toThrow('ip -4'));
    expect(await lookAt(world.watch)).toEqual(await freshLook());
  });

  it('asks ip and nft each time where the kernel reports no changes, and says so', async () => {
    const watch = watchWith({}, TRUSTING.replace('16, 3, $protocol', '99, 3, $protocol'));
    watch.renew();
    await lookAt(watch);
    expect(watch.renew()).toMatch(/^netlink socket for \w+: /);
    await world.inside('ip address add 192.0.2.7/32 dev eth9');
    await world.inside('nft add table ip new');
    expect(await lookAt(watch)).toEqual(await freshLook());
    watch.end();
  });

  it('leaves no program when nobody wants reports', async () => {
    await lookAt(world.watch);
    expect(await world.watchers()).toHaveLength(1);
    world.watch.end();
    await expect.poll(() => world.watchers()).toEqual([]);
    await lookAt(world.watch);
    await expect.poll(() => world.watchers()).toEqual([]);
  });

  it('is answered by a program that ends with its standard input', async () => {
    expect(await world.lab.run('perl', '-e', TRUSTING, '')).toBe('');
  });
});

describe('a damage of the network', () => {
  const world = fixture(openWatchLab, (opened) => opened.close());
  beforeAll(() => world.unchangedLook());

  it.each([
    [1, 'ip link set dev eth9 mtu 1400'],
    [1, 'ip route del 203.0.113.0/24'],
    [1, 'ip address del 10.77.0.5/24 dev eth9'],
    [1, 'ip rule del from 10.77.0.5 table 1'],
    [1, 'nft flush chain ip wanted forward'],
    [1, 'nft delete chain ip wanted forward'],
    [1, 'nft delete table ip wanted'],
    [0, 'ip address add 192.0.2.7/32 dev eth9'],
    [0, 'ip -6 route add fd00:78::/64 via fd00:77::1'],
    [1, 'ip -6 route del fd00:78::/64'],
    [0, 'ip rule add from 192.0.2.9 table 7'],
    [0, 'nft add table ip new'],
    [0, 'nft add chain ip new some'],
    [0, 'nft add rule ip new some drop'],
  ])('is reported %d times before the next look after: %s', async (times, change) => {
    await lookAt(world.watch);
    let damages = 0;
    world.watch.onDamage(() => {
      damages += 1;
    });
    await world.inside(change);
    // the look itself reads what the kernel has reported
    await lookAt(world.watch);
    expect(damages).toBe(times);
  });
});
