import { describe, expect, it } from 'vitest';
import { vipStatus, vrrpStatus } from '../../../../src/domain/health/vip-status.ts';
import { readVrrpStates, type VrrpState } from '../../../../src/domain/keepalived/vrrp-dump.ts';
import { readVrrpInstances } from '../../../../src/domain/keepalived/vrrp-instances.ts';

const TEXT = `vrrp_instance abc { # virtual_ipaddress {
    interface eth1
    unicast_peer {
        10.0.0.12
    }
    virtual_ipaddress {
        10.0.0.5 dev eth1
    }
    virtual_ipaddress_excluded {
        fd00:0::5/64 dev eth1
    }
    track_script {
        check_script
    }
}
`;
const instances = readVrrpInstances(TEXT);
const state = (name: VrrpState['state']): VrrpState[] => [
  { instance: 'abc', state: name, since: new Date('2026-11-28T12:00:00Z') },
];
const facts = { instances, bound: ['10.0.0.5', '10.0.0.7'], interfaces: new Map<string, string>() };

describe('readVrrpInstances', () => {
  it('reads interface, VIPs and peers', () => {
    expect(instances).toEqual([
      { name: 'abc', interface: 'eth1', vips: ['10.0.0.5', 'fd00::5'], peers: ['10.0.0.12'] },
    ]);
  });

  it.each(['', '}', 'vrrp_instance', '{\n{', 'virtual_ipaddress {\n10.0.0.5\n}'])('accepts %j', (text) => {
    expect(readVrrpInstances(text)).toEqual([]);
  });
});

describe('readVrrpStates', () => {
  const data = { iname: 'abc', state: 2, last_transition: 1_796_000_000.5, auth_data: 'secret' };

  it.each([[[{ data }]], [{ vrrp: [{ data }] }]])('reads both forms of the dump', (dump) => {
    expect(readVrrpStates(JSON.stringify(dump))).toEqual([
      { instance: 'abc', state: 'MASTER', since: new Date(1_796_000_000_500) },
    ]);
  });

  it('leaves out a state that it does not know, and the time of an instance that has not moved', () => {
    const dump = [
      { data: { ...data, state: 98 } },
      { data: { iname: 'b', state: 0, last_transition: 0 } },
      {},
    ];
    expect(readVrrpStates(JSON.stringify(dump))).toEqual([
      { instance: 'b', state: 'INIT', since: undefined },
    ]);
  });

  it('refuses what is no dump', () => {
    expect(() => readVrrpStates('5')).toThrow(SyntaxError);
  });
});

describe('who has a VIP', () => {
  const holders = (states: VrrpState[] | string, interfaces = facts.interfaces) =>
    vipStatus({ ...facts, states, interfaces }).map(({ address, holder }) => `${address} ${holder}`);

  it('is this amphora, if an interface has the address, whatever keepalived says', () => {
    const found = new Map([['10.0.0.5', 'eth1']]);
    expect(holders('no dump', found)[0]).toBe('10.0.0.5 this amphora');
    expect(holders(state('FAULT'), found)[0]).toBe('10.0.0.5 this amphora');
  });

  it('is the peer, if keepalived is BACKUP, but not for a VIP outside of VRRP', () => {
    expect(holders(state('BACKUP'))).toEqual(['10.0.0.5 the peer', 'fd00::5 the peer', '10.0.0.7 nobody']);
  });

  it.each(['MASTER', 'FAULT', 'INIT'] as const)('is nobody in the state %s without the address', (name) => {
    expect(holders(state(name))[0]).toBe('10.0.0.5 nobody');
  });
});

describe('the state of VRRP', () => {
  it('has its time and the peers, or why it is unknown', () => {
    expect(vrrpStatus({ instances, states: state('MASTER') })).toEqual([
      {
        ...{ instance: 'abc', interface: 'eth1', peers: ['10.0.0.12'], state: 'MASTER' },
        ...{ since: '2026-11-28T12:00:00.000Z', detail: '' },
      },
    ]);
    expect(vrrpStatus({ instances, states: 'keepalived does not run' })).toMatchObject([
      { state: 'unknown', since: null, detail: 'keepalived does not run' },
    ]);
    expect(vrrpStatus({ instances, states: [] })).toMatchObject([{ state: 'unknown' }]);
  });
});
