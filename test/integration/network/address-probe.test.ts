import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { CommandFailed } from '../../../src/errors.ts';
import { createAddressProbe } from '../../../src/host/network/address-probe.ts';
import { threadCpuMs } from '../../bench/compare/process-costs.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { fixture } from '../../support/fixture.ts';
import { lookAt, openWatchLab, type WatchLab, watchWith } from '../../support/network/watch-lab.ts';

const OTHER = 'other-machine';
const MAC = 'fa:16:3e:00:00:01';
const OWN = ['10.77.0.5', 'fd00:77::5'] as const;
/** How long a probe takes during which something else happens, also on a busy machine. */
const LONG_SECONDS = 5;
/** A program starts and answers within this time, also on a busy machine. */
const ANSWER_MS = 10_000;

/** A second machine behind eth9 has the same addresses, and one that this machine has not. */
async function openProbeLab(): Promise<WatchLab> {
  const world = await openWatchLab();
  const other = (line: string): Promise<string> => {
    const words = line.split(' ') as [string, ...string[]];
    return world.lab.run('ip', 'netns', 'exec', OTHER, ...words);
  };
  await world.lab.run('ip', 'netns', 'add', OTHER);
  await world.inside(`ip link set dev peer9 netns ${OTHER}`);
  await other(`ip link set dev peer9 address ${MAC} up`);
  for (const address of ['10.77.0.5/24', '10.77.0.6/24', 'fd00:77::5/64', 'fd00:77::6/64'])
    await other(`ip address add ${address} dev peer9${address.includes(':') ? ' nodad' : ''}`);
  await until(async () => (await world.inside('ip -o link show dev eth9')).includes('state UP'));
  return world;
}

async function closeProbeLab(world: WatchLab): Promise<void> {
  await world.lab.run('ip', 'netns', 'delete', OTHER);
  await world.close();
}

/** Perl: sends UDP packets for two seconds to an address behind peer9. */
const FLOOD = `
socket(my $socket, 10, 2, 0) or die;
my $to = pack('S n N a16 N', 10, 9, 0, pack('H*', 'fd000077000000000000000000000009'), 0);
my $end = time + 2;
while (time <= $end) { send($socket, 'x' x 100, 0, $to) for 1 .. 100 }`;
const MANY_PACKETS = 1000;
/** The most CPU time of a probe, in milliseconds. It reads packets all the time if it reads what clients send. */
const MOST_CPU_MS = 200;

/** The page faults of the children that a process has waited for (proc(5), cminflt): each child has some. */
async function faultsOfChildren(pid: number): Promise<string | undefined> {
  return (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')[8];
}

describe('a probe for other machines with an address', () => {
  const world = fixture(openProbeLab, closeProbeLab);
  const probe = (addresses: readonly string[] = OWN, name = 'eth9') =>
    createAddressProbe(world.watch).otherOwners(name, addresses);
  const longProbe = () => createAddressProbe(world.watch, LONG_SECONDS).otherOwners('eth9', OWN);
  const packetSockets = async (): Promise<number> =>
    (await world.inside('cat /proc/net/packet')).trim().split('\n').length - 1;
  const underWay = () => expect.poll(packetSockets).toBe(OWN.length);
  const found = OWN.map((address) => ({ address, macAddress: MAC }));
  const watcher = async (): Promise<number> => (await world.watchers())[0] ?? 0;

  beforeAll(async () => {
    await world.unchangedLook();
  });

  it('finds them for IPv4 and IPv6, and closes its sockets', async () => {
    const answer = longProbe();
    await underWay();
    expect(new Set(await answer)).toEqual(new Set(found));
    expect(await packetSockets()).toBe(0);
  });

  it('starts no process', async () => {
    const before = await world.watchers();
    expect(before).toHaveLength(1);
    const faults = await faultsOfChildren(await watcher());
    const answer = longProbe();
    await underWay();
    const inside = (await world.lab.run('ip', 'netns', 'pids', 'amphora-haproxy')).trim().split('\n');
    expect(inside.map(Number)).toEqual(before);
    expect(await answer).toHaveLength(2);
    expect(await world.watchers()).toEqual(before);
    expect(await faultsOfChildren(await watcher())).toBe(faults);
  });

  it('names no machine for an address that only another machine has, and does not wait', async () => {
    const probeFor = createAddressProbe(world.watch, 3600);
    expect(await probeFor.otherOwners('eth9', ['10.77.0.6', 'fd00:77::6', '10.77.0.9'])).toEqual([]);
  });

  it('does not take another interface of this machine for another machine', async () => {
    await world.inside('ip link set dev spare0 up');
    await world.inside('ip link set dev spare9 up');
    await expect.poll(() => world.inside('ip -o link show dev spare9')).toContain('state UP');
    expect(await probe(OWN, 'spare0')).toEqual([]);
  });

  it('fails when there is no such interface, and the next one works', async () => {
    await expect(probe(OWN, 'none')).rejects.toMatchObject({
      message: 'address probe: exit code 1: none: No such device',
      exitCode: 1,
    });
    expect(await packetSockets()).toBe(0);
    expect(await probe()).toHaveLength(2);
  });

  it('reads nothing of what clients send', async () => {
    const mac = (await world.inside('cat /sys/class/net/eth9/address')).trim();
    const other = ['ip', 'netns', 'exec', OTHER] as const;
    await world.lab.run(...other, 'ip', 'neigh', 'replace', 'fd00:77::9', 'lladdr', mac, 'dev', 'peer9');
    const packets = async (): Promise<number> =>
      Number(await world.inside('cat /sys/class/net/eth9/statistics/rx_packets'));
    const quiet = await packets();
    const flood = world.lab.run(...other, 'perl', '-e', FLOOD);
    await expect.poll(packets).toBeGreaterThan(quiet + MANY_PACKETS);
    const task = `/proc/${await watcher()}`;
    const before = await threadCpuMs(task);
    expect(await probe()).toHaveLength(2);
    expect((await threadCpuMs(task)) - before).toBeLessThan(MOST_CPU_MS);
    await flood;
  });

  it('lets a damage be reported meanwhile', async () => {
    await lookAt(world.watch);
    let damages = 0;
    world.watch.onDamage(() => {
      damages += 1;
    });
    const answer = longProbe();
    await underWay();
    expect(damages).toBe(0);
    await world.inside('ip link set dev spare0 mtu 1400');
    await expect.poll(() => damages).toBe(1);
    expect(await packetSockets()).toBe(2);
    expect(await answer).toHaveLength(2);
    expect(damages).toBe(1);
    world.watch.onDamage(() => undefined);
  });

  it('is not mixed up with looks and other probes at the same time', async () => {
    const before = await lookAt(world.watch);
    const both = [probe(), lookAt(world.watch), probe([OWN[1]]), lookAt(world.watch)] as const;
    const [first, look, second, last] = await Promise.all(both);
    expect(first).toHaveLength(2);
    expect(second).toEqual([{ address: OWN[1], macAddress: MAC }]);
    expect([look, last]).toEqual([before, before]);
  });

  it('fails when the program is killed during it, leaves nothing, and the next one works', async () => {
    const answer = expect(longProbe()).rejects.toThrow(CommandFailed);
    await underWay();
    await world.kill('SIGKILL');
    await answer;
    await expect.poll(packetSockets).toBe(0);
    await expect.poll(() => world.watchers()).toEqual([]);
    expect(await probe()).toHaveLength(2);
    expect(await world.watchers()).toHaveLength(1);
  });

  it('ends a program that does not answer in time', async () => {
    const watch = watchWith({ answerMs: ANSWER_MS });
    watch.renew();
    await lookAt(watch);
    const message = `network watch: no answer within ${ANSWER_MS} ms`;
    const failure = { timedOut: true, message };
    await expect(createAddressProbe(watch, 3600).otherOwners('eth9', OWN)).rejects.toMatchObject(failure);
    await expect.poll(packetSockets).toBe(0);
    expect(watch.renew()).toBe(message);
    await lookAt(watch);
    watch.end();
    await expect.poll(() => world.watchers()).toHaveLength(1);
  });

  it('runs the program for itself alone when nothing else needs it', async () => {
    const before = await world.watchers();
    expect(await createAddressProbe(watchWith({})).otherOwners('eth9', OWN)).toHaveLength(2);
    await expect.poll(() => world.watchers()).toEqual(before);
  });
});
