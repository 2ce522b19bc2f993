import { describe, expect, it } from 'vitest';
import { sysctlDrift } from '../../../../src/domain/drift/sysctl-drift.ts';
import { readTables, type Tables, tableDrift } from '../../../../src/domain/drift/table-drift.ts';
import { virtualAddresses } from '../../../../src/domain/keepalived/virtual-addresses.ts';

const TABLE = { table: { family: 'ip', name: 'amphora_eth1', handle: 1 } };
const CHAIN = {
  chain: {
    family: 'ip',
    table: 'amphora_eth1',
    name: 'postrouting',
    handle: 2,
    hook: 'postrouting',
    prio: 100,
  },
};
const rule = (expr: unknown, handle = 3) => ({
  rule: { family: 'ip', table: 'amphora_eth1', chain: 'postrouting', handle, expr },
});
const UDP = [{ match: { right: { set: ['udp', 'sctp'] } } }, { masquerade: null }];
const shown = (...objects: object[]): Tables =>
  readTables(JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6' } }, ...objects] }));
/** as nft -e shows what it adds: a table that it deletes first is there twice */
const added = (...objects: object[]): Tables =>
  readTables(JSON.stringify({ nftables: [TABLE, ...objects].map((object) => ({ add: object })) }));

describe('tableDrift', () => {
  const expected = added(TABLE, CHAIN, rule(UDP));

  it('finds no difference in handles, counters, the order of a set and other tables', () => {
    const sorted = [{ match: { right: { set: ['sctp', 'udp'] } } }, { masquerade: null }];
    const other = { table: { family: 'inet', name: 'filter' } };
    expect(tableDrift(expected, shown(other, TABLE, CHAIN, rule(sorted, 77)))).toEqual([]);
    const counting = (packets: number) => [...UDP, { counter: { packets, bytes: packets } }];
    expect(
      tableDrift(added(TABLE, CHAIN, rule(counting(0))), shown(TABLE, CHAIN, rule(counting(9)))),
    ).toEqual([]);
  });

  it.each([
    ['a missing table', shown(), 'nothing'],
    ['a missing rule', shown(TABLE, CHAIN), '1 parts missing, 0 other parts'],
    [
      'another rule',
      shown(TABLE, CHAIN, rule(UDP), rule([{ drop: null }])),
      '0 parts missing, 1 other parts',
    ],
    [
      'a rule that is there twice',
      shown(TABLE, CHAIN, rule(UDP), rule(UDP)),
      '0 parts missing, 1 other parts',
    ],
  ])('finds %s', (_name, seen, text) => {
    expect(tableDrift(expected, seen)).toEqual([{ table: 'ip amphora_eth1', seen: text }]);
  });

  it('finds rules in another order', () => {
    const drop = rule([{ drop: null }]);
    expect(tableDrift(added(TABLE, CHAIN, rule(UDP), drop), shown(TABLE, CHAIN, drop, rule(UDP)))).toEqual([
      { table: 'ip amphora_eth1', seen: 'another order' },
    ]);
  });
});

describe('sysctlDrift', () => {
  it('compares values without their white space, and leaves out what the kernel lacks', () => {
    const wanted = ['a.b=1', 'range=0 2147483647', 'missing=1'];
    expect(sysctlDrift(wanted, 'a.b = 0\nrange = 0\t2147483647\n')).toEqual([
      { key: 'a.b', wanted: '1', seen: '0' },
    ]);
  });
});

describe('virtualAddresses', () => {
  it('reads both blocks of every instance', () => {
    const text = `vrrp_instance x {
  virtual_ipaddress {
    10.0.0.1/32 dev eth1
    FD00:0::1
  }
  virtual_ipaddress_excluded {
    10.0.0.2
  }
  virtual_routes {
    10.9.0.0/24 dev eth1
  }
}`;
    expect(virtualAddresses(text)).toEqual(['10.0.0.1', 'fd00::1', '10.0.0.2']);
    expect(virtualAddresses('')).toEqual([]);
  });
});
