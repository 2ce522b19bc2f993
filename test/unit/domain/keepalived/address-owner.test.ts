import { describe, expect, it } from 'vitest';
import { asAddressOwner } from '../../../../src/domain/keepalived/address-owner.ts';

const TEXT = `vrrp_instance one {
    state BACKUP
    interface eth1
    priority 90
    nopreempt
    accept
    advert_int 1
    virtual_rules {
        from 10.0.0.1/32 table 1 priority 100
    }
}
`;

describe('asAddressOwner', () => {
  it('makes each instance the owner of its addresses, and changes nothing else', () => {
    expect(asAddressOwner(TEXT)).toBe(
      TEXT.replace('BACKUP', 'MASTER').replace('priority 90', 'priority 255').replace('    nopreempt', ''),
    );
  });

  it.each([
    ['without an instance', '# disabled\n'],
    ['whose instance has no priority', TEXT.replace('    priority 90\n', '')],
    ['with a priority beside other words', TEXT.replace('priority 90', 'priority 90 # usual')],
  ])('refuses a configuration %s', (_case, text) => {
    expect(asAddressOwner(text)).toBeUndefined();
  });
});
