import { describe, expect, it } from 'vitest';
import { virtualServiceDrift } from '../../../../src/domain/drift/virtual-service-drift.ts';
import { parseIpvsFile } from '../../../../src/domain/keepalived/ipvs-text.ts';
import { readLvsText } from '../../../../src/domain/keepalived/lvs-text.ts';
import { ipvsFile, type PlayedService } from '../../../support/keepalived/ipvs-outputs.ts';
import {
  FIRST,
  type LvsExample,
  lvsConfigText,
  SECOND,
  SIXTH,
} from '../../../support/keepalived/lvs-examples.ts';

const row = ({ address, port }: { address: string; port: number }) => ({
  ...{ address, port, weight: 1, activeConnections: 0 },
});
const service = (members: PlayedService['members'], address = '10.0.0.10'): PlayedService => ({
  ...{ protocol: 'UDP', address, port: 53, members, counters: [0, 0, 0, 0, 0] },
});
const look = (example: LvsExample, services: readonly PlayedService[]) =>
  virtualServiceDrift(readLvsText(lvsConfigText(example)), parseIpvsFile(ipvsFile(services)));

describe('drift of virtual services', () => {
  it('is none when the kernel has what keepalived adds', () => {
    expect(look({}, [service([row(FIRST), row(SECOND)])])).toEqual([]);
  });

  it('is none for members that fail their checks, and for a weight that a check sets', () => {
    expect(look({}, [service([{ ...row(FIRST), weight: 0 }])])).toEqual([]);
    expect(look({}, [service([])])).toEqual([]);
  });

  it('is a fault for a virtual service that is missing', () => {
    const twoVips = { vips4: ['10.0.0.10', '10.0.0.11'], vips6: ['2001:db8::10'] };
    const both = [row(FIRST), row(SECOND)];
    expect(look(twoVips, [service(both)])).toEqual([
      { wanted: 'virtual service UDP 10.0.0.11:53', seen: 'no such virtual service', weight: 'fault' },
      { wanted: 'virtual service UDP [2001:db8::10]:53', seen: 'no such virtual service', weight: 'fault' },
    ]);
  });

  it('is a fault for a missing member that no check removes', () => {
    expect(look({ isMonitored: false, members: [FIRST, SECOND, SIXTH] }, [service([row(FIRST)])])).toEqual([
      { wanted: 'UDP 10.0.0.10:53: member 10.0.0.98:82', seen: 'no such member', weight: 'fault' },
    ]);
  });

  it('is a note for a member that no configuration names', () => {
    expect(look({}, [service([row(FIRST), row({ address: '10.0.0.66', port: 82 })])])).toEqual([
      { wanted: 'UDP 10.0.0.10:53: only its own members', seen: 'member 10.0.0.66:82', weight: 'note' },
    ]);
  });

  it('leaves alone services of other listeners', () => {
    const others = [service([row(SIXTH)], '10.0.0.200'), { ...service([]), protocol: 'SCTP' }];
    expect(look({}, [service([row(FIRST), row(SECOND)]), ...others])).toEqual([]);
  });
});
