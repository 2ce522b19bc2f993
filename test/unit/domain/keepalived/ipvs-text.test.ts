import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseIpvsadm,
  parseIpvsadmCounters,
  parseIpvsFile,
} from '../../../../src/domain/keepalived/ipvs-text.ts';
import { IPVS_EMPTY, IPVS_FILE, IPVSADM, IPVSADM_STATS } from '../../../support/keepalived/lvs-examples.ts';

describe('the virtual services of the kernel', () => {
  it('are read from /proc/net/ip_vs, hexadecimal and IPv6 in full', () => {
    const [first, second, sctp, six, ...others] = parseIpvsFile(IPVS_FILE);
    expect(first).toEqual({
      protocol: 'UDP',
      address: '10.0.0.10',
      port: 53,
      members: [
        { address: '10.0.0.99', port: 82, weight: 13, activeConnections: 5, inactiveConnections: 7 },
        { address: '10.0.0.98', port: 82, weight: 0, activeConnections: 2, inactiveConnections: 0 },
      ],
    });
    expect(second).toMatchObject({ address: '10.0.0.11', members: [{ address: '10.0.0.99' }] });
    expect(sctp).toMatchObject({ protocol: 'SCTP', members: [{ activeConnections: 900 }] });
    expect(six).toEqual({
      protocol: 'UDP',
      address: '2001:db8::10',
      port: 53,
      members: [
        { address: '2001:db8::99', port: 82, weight: 1, activeConnections: 3, inactiveConnections: 0 },
      ],
    });
    expect(others).toEqual([]);
  });

  it('are read from ipvsadm with the same result', () => {
    const sorted = (services: ReturnType<typeof parseIpvsadm>) =>
      services.map((service) => ({
        ...service,
        members: service.members.toSorted((one, other) => one.address.localeCompare(other.address)),
      }));
    expect(sorted(parseIpvsadm(IPVSADM))).toEqual(sorted(parseIpvsFile(IPVS_FILE)));
  });

  it('are empty for an empty, a missing and an unreadable table', () => {
    for (const parse of [parseIpvsFile, parseIpvsadm, parseIpvsadmCounters]) {
      expect(parse(IPVS_EMPTY)).toEqual([]);
      expect(parse('')).toEqual([]);
    }
    fc.assert(
      fc.property(fc.string(), fc.nat(IPVS_FILE.length), (garbage, cut) => {
        const text = `${IPVS_FILE.slice(0, cut)}${garbage}`;
        expect(parseIpvsFile(text).length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('keep small numbers small: ports and addresses are padded with zeros', () => {
    const row = 'UDP  0000000A:0001 rr  \n  -> 00000001:0002      Local   1      0          0         \n';
    expect(parseIpvsFile(row)).toEqual([
      {
        protocol: 'UDP',
        address: '0.0.0.10',
        port: 1,
        members: [{ address: '0.0.0.1', port: 2, weight: 1, activeConnections: 0, inactiveConnections: 0 }],
      },
    ]);
  });

  it('are read back from any address and port', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        const hex = address
          .split('.')
          .map((byte) => Number(byte).toString(16).padStart(2, '0'))
          .join('')
          .toUpperCase();
        const line = `UDP  ${hex}:${port.toString(16).padStart(4, '0').toUpperCase()} rr  \n`;
        expect(parseIpvsFile(line)).toEqual([{ protocol: 'UDP', address, port, members: [] }]);
        expect(parseIpvsadm(`UDP  ${address}:${port} rr\n`)).toEqual(parseIpvsFile(line));
      }),
    );
  });
});

describe('the counters of ipvsadm', () => {
  it('are exact, however large', () => {
    expect(parseIpvsadmCounters(IPVSADM_STATS)).toEqual([
      {
        protocol: 'UDP',
        address: '10.0.0.10',
        port: 53,
        connections: 12_345_678_901,
        inBytes: 777_777_777_777,
        outBytes: 888_888_888_888,
      },
      { protocol: 'UDP', address: '10.0.0.11', port: 53, connections: 10, inBytes: 400, outBytes: 500 },
      {
        protocol: 'SCTP',
        address: '10.0.0.10',
        port: 53,
        connections: 9_999_999,
        inBytes: 9_999_999,
        outBytes: 9_999_999,
      },
      { protocol: 'UDP', address: '2001:db8::10', port: 53, connections: 1, inBytes: 40, outBytes: 50 },
    ]);
    const huge = 'UDP  10.0.0.10:53 18446744073709551615 1 1 18446744073709551615 18446744073709551615\n';
    expect(parseIpvsadmCounters(huge)).toMatchObject([{ inBytes: Number.MAX_SAFE_INTEGER }]);
  });

  it('are left out if they are shortened', () => {
    expect(parseIpvsadmCounters('UDP  10.0.0.10:53  1234K 66 55 777M 888G\n')).toEqual([]);
  });
});
