import { describe, expect, it } from 'vitest';
import {
  captureArguments,
  capturePlace,
  droppedPackets,
  filterCheck,
  withoutConnection,
} from '../../../../src/domain/capture/capture-settings.ts';

describe('the filter that leaves out the connection of the answer', () => {
  const connection = { address: '192.0.2.9', port: 40_000, localPort: 9443 };
  const others = 'not (host 192.0.2.9 and tcp port 40000 and tcp port 9443)';

  it('stands alone without another filter', () => {
    expect(withoutConnection('', connection)).toBe(others);
  });

  it('stands before another filter, whose alternatives stay together', () => {
    expect(withoutConnection('arp or vlan 5', connection)).toBe(`${others} and (arp or vlan 5)`);
  });

  it.each([
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('has the address that packets have: %s', (address, host) => {
    expect(withoutConnection('', { ...connection, address })).toContain(`(host ${host} and`);
  });
});

describe('the arguments of tcpdump', () => {
  it('have the filter behind all options, so that it is never an option itself', () => {
    const settings = { interfaceName: 'eth1', filter: '-w /etc/passwd', payload: false };
    expect(captureArguments(settings).slice(-2)).toEqual(['--', '-w /etc/passwd']);
    expect(filterCheck('-w x').slice(-2)).toEqual(['--', '-w x']);
  });

  it.each([
    [false, '256'],
    [true, '262144'],
  ])('limit the bytes of a packet (payload: %s)', (payload, length) => {
    const given = captureArguments({ interfaceName: 'eth1', filter: '', payload });
    expect(given[given.indexOf('-s') + 1]).toBe(length);
  });
});

describe('the place of an interface', () => {
  it.each([
    ['eth1', 'inside'],
    ['lo', 'inside'],
    ['eth0', 'outside'],
    ['eth9', undefined],
    ['any', undefined],
  ])('%s: %s', (name, place) => {
    expect(capturePlace(name, ['lo', 'eth1'], ['lo', 'eth0'])).toBe(place);
  });
});

it('finds the dropped packets in the last lines of tcpdump', () => {
  const printed = '5 packets captured\n7 packets received by filter\n2 packets dropped by kernel';
  expect(droppedPackets(printed)).toBe(2);
  expect(droppedPackets('tcpdump: eth1: No such device exists')).toBeUndefined();
});
