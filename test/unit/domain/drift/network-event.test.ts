import { describe, expect, it } from 'vitest';
import { isNetworkDamage } from '../../../../src/domain/drift/network-event.ts';

describe('a line of ip monitor', () => {
  it.each([
    [true, '[LINK]3: eth1@if4: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN group default'],
    [true, '[LINK]Deleted 3: eth1@NONE: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN'],
    [true, '[ADDR]Deleted 3: eth1    inet 192.0.2.10/32 scope global eth1'],
    [true, '[ROUTE]Deleted 192.0.2.0/24 dev eth1 proto kernel scope link src 192.0.2.3'],
    [true, '[RULE]Deleted 32765:\tfrom 192.0.2.10 lookup 1'],
    [false, '[ADDR]3: eth1    inet6 fd00::3/64 scope global dynamic mngtmpaddr'],
    [false, '[ROUTE]default via fe80::1 dev eth1 proto ra metric 1024 expires 1799sec'],
    [false, '[NEIGH]Deleted 192.0.2.1 dev eth1 lladdr fa:16:3e:00:00:01 STALE'],
    [false, ''],
  ])('that may be a damage: %s, %s', (isDamage, line) => {
    expect(isNetworkDamage(line)).toBe(isDamage);
  });
});
