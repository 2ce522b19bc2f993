import { describe, expect, it } from 'vitest';
import {
  holdersOf,
  parseHolders,
  parseInterfaceState,
  parseLinks,
  parseTraffic,
} from '../../../../src/domain/network/ip-json.ts';

// the output of iproute2 6.1 for stateQuestions('eth1'), without fields that the agent ignores
const IPV4 = `[{"ifindex":3,"ifname":"eth1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"addr_info":[{"family":"inet","local":"10.90.0.3","prefixlen":24,"scope":"0","label":"eth1","valid_life_time":4294967295},{"family":"inet","local":"10.90.0.99","prefixlen":24,"scope":"0","secondary":true,"dynamic":true,"valid_life_time":86000},{}]}]
[{"type":"1","dst":"10.8.0.0/24","via":{"family":"inet6","host":"fd00::1"},"table":"1","protocol":"4","scope":"0","flags":["onlink"]},{"type":"1","dst":"default","gateway":"10.90.0.1","table":"254","protocol":"16","scope":"0","metric":100,"flags":[]},{"type":"1","dst":"10.90.0.7","table":"254","protocol":"18","scope":"253","prefsrc":"10.90.0.3","flags":[]},{"type":"2","dst":"10.90.0.3","table":"255","protocol":"2","scope":"254","prefsrc":"10.90.0.3","flags":[]}]
[{"priority":0,"src":"all","table":"255","protocol":"2"},{"priority":5,"src":"1.2.3.4","action":"7","protocol":"0"},{"priority":32764,"src":"all","fwmark":"0x3","table":"9","protocol":"0"},{"priority":32765,"src":"10.1.0.0","srclen":16,"table":"7","protocol":"18"}]
[{"ifindex":3,"ifname":"eth1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"address":"FA:16:3e:00:00:01"}]
`;
const IPV6 = `[{"ifindex":3,"ifname":"eth1","flags":["UP"],"mtu":1500,"addr_info":[{"family":"inet6","local":"fd00::10","prefixlen":128,"scope":"0","dadfailed":true,"tentative":true},{"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"253"}]}]
[{"type":"1","dst":"default","gateway":"fd00::1","table":"254","protocol":"4","scope":"0","metric":1024,"flags":["onlink"],"pref":"medium"},{"type":"5","dst":"ff00::/8","table":"255","protocol":"2","scope":"0","metric":256,"flags":[],"pref":"medium"}]
[{"priority":0,"src":"all","table":"255","protocol":"2"}]
[{"ifindex":3,"ifname":"eth1","flags":["UP"],"mtu":1500,"address":"fa:16:3e:00:00:01"}]
`;

describe('the state of an interface from ip', () => {
  const state = parseInterfaceState('eth1', { 4: IPV4, 6: IPV6 });

  it('distinguishes permanent addresses from those with a lifetime, of the kernel, or duplicate', () => {
    const settled = { dynamic: false, local: false, tentative: false, duplicate: false };
    expect(state).toMatchObject({ name: 'eth1', up: true, mtu: 1500 });
    expect(state.addresses).toEqual([
      { address: '10.90.0.3', prefixLength: 24, ...settled },
      { address: '10.90.0.99', prefixLength: 24, ...settled, dynamic: true },
      { address: 'fd00::10', prefixLength: 128, ...settled, tentative: true, duplicate: true },
      { address: 'fe80::1', prefixLength: 64, ...settled, local: true },
    ]);
  });

  it('has the unicast routes of every table but local, with their origin', () => {
    const plain = { gateway: undefined, preferredSource: undefined, metric: 0 };
    expect(state.routes).toEqual([
      { ...plain, destination: '10.8.0.0/24', table: 1, gateway: 'fd00::1', origin: 'static' },
      { ...plain, destination: '0.0.0.0/0', table: 254, gateway: '10.90.0.1', metric: 100, origin: 'other' },
      {
        ...plain,
        destination: '10.90.0.7/32',
        table: 254,
        preferredSource: '10.90.0.3',
        origin: 'keepalived',
      },
      { ...plain, destination: '::/0', table: 254, gateway: 'fd00::1', metric: 1024, origin: 'static' },
    ]);
  });

  it('has the rules that look up a table', () => {
    const any = { source: '0.0.0.0', sourceLength: 0 };
    expect(state.rules).toEqual([
      { ...any, priority: 0, table: 255, selective: false, origin: 'kernel' },
      { ...any, priority: 32_764, table: 9, selective: true, origin: 'other' },
      {
        source: '10.1.0.0',
        sourceLength: 16,
        priority: 32_765,
        table: 7,
        selective: false,
        origin: 'keepalived',
      },
      { source: '::', sourceLength: 0, priority: 0, table: 255, selective: false, origin: 'kernel' },
    ]);
  });

  it('is empty without addresses and routes', () => {
    const link = '[{"ifname":"eth1","flags":[],"mtu":1400,"address":"fa:16:3e:00:00:01"}]';
    const empty = parseInterfaceState('eth1', { 4: `[]\n[]\n[]\n${link}\n`, 6: `[]\n[]\n[]\n${link}\n` });
    expect(empty).toEqual({ name: 'eth1', up: false, mtu: 1400, addresses: [], routes: [], rules: [] });
  });

  it('cannot be read from an invalid answer', () => {
    expect(() => parseInterfaceState('eth1', { 4: '', 6: '' })).toThrow('no interface eth1');
    expect(() => parseInterfaceState('eth1', { 4: 'Killed\n', 6: '' })).toThrow(SyntaxError);
  });
});

it('the list of links has their MAC in lower case, with and without altnames', () => {
  const text =
    '[{"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"address":"00:00:00:00:00:00"},{"ifname":"ens3","flags":[],"mtu":1450,"address":"FA:16:3E:00:00:01","altnames":["enp0s3"]},{"ifname":"tun0","flags":[],"mtu":1450}]';
  expect(parseLinks(text)).toEqual([
    { name: 'lo', macAddress: '00:00:00:00:00:00', up: true, mtu: 65_536 },
    { name: 'ens3', macAddress: 'fa:16:3e:00:00:01', up: false, mtu: 1450 },
    { name: 'tun0', macAddress: '', up: false, mtu: 1450 },
  ]);
});

it('the traffic of ip has the bytes of every interface', () => {
  const text =
    '[{"ifname":"eth1","stats64":{"rx":{"bytes":586,"packets":7},"tx":{"bytes":1176,"packets":18}}}]';
  expect(parseTraffic(text)).toEqual([{ name: 'eth1', receivedBytes: 586, sentBytes: 1176 }]);
});

it('the holder of an address is found among the empty entries that ip prints of others', () => {
  expect(
    parseHolders(
      '[{"ifname":"lo","addr_info":[{}]},{"ifname":"eth1","addr_info":[{},{"local":"fd00::77"}]}]',
    ),
  ).toEqual(['eth1']);
  expect(parseHolders('[]')).toEqual([]);
});

it('finds the first interface with each address, in any notation of it', () => {
  const text = JSON.stringify([
    { ifname: 'eth1', addr_info: [{ local: '192.0.2.1' }, { local: 'fd00::1' }] },
    { ifname: 'eth2', addr_info: [{ local: '192.0.2.1' }, {}] },
    {},
  ]);
  expect([...holdersOf(['192.0.2.1', 'fd00:0::1', '192.0.2.2', 'name'], text)]).toEqual([
    ['192.0.2.1', 'eth1'],
    ['fd00:0::1', 'eth1'],
  ]);
  expect(holdersOf(['192.0.2.1'], '[]').size).toBe(0);
});
