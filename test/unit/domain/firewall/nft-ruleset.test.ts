import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  egressRemoval,
  egressRuleset,
  firewallRuleset,
  storedFirewall,
} from '../../../../src/domain/firewall/nft-ruleset.ts';
import { FIREWALL_EXAMPLE } from '../../../support/network/firewall-example.ts';

/** In test/integration/network/vip-firewall.test.ts, nft checks every file of this directory. */
const golden = (name: string): string => path.resolve(import.meta.dirname, `../../../golden/nft/${name}.nft`);

describe('the firewall of a VIP', () => {
  it('without rules accepts only the basic protocols', async () => {
    await expect(firewallRuleset([])).toMatchFileSnapshot(golden('firewall-closed'));
  });

  it('has one line per rule, for any protocol and source', async () => {
    await expect(firewallRuleset(FIREWALL_EXAMPLE)).toMatchFileSnapshot(golden('firewall'));
  });

  it('contains a rule once that is sent twice', () => {
    const rule = { protocol: 'tcp', source: undefined, port: 80 } as const;
    expect(firewallRuleset([rule, rule])).toBe(firewallRuleset([rule]));
  });
});

describe('a stored firewall', () => {
  it('replaces what is loaded', () => {
    const text = firewallRuleset(FIREWALL_EXAMPLE);
    expect(storedFirewall(text)).toBe(`table inet amphora_table\ndelete table inet amphora_table\n${text}`);
  });

  it.each(['', 'table inet amph', 'table inet amphora_table\ndelete table inet amphora_table\n'])(
    'that was cut to this text is ignored: %j',
    (text) => {
      expect(storedFirewall(text)).toBeUndefined();
    },
  );
});

describe('traffic that leaves an interface', () => {
  it('is masqueraded if it is UDP or SCTP, and not tracked if it is TCP', async () => {
    await expect(egressRuleset('eth1', { bypassTcp: true })).toMatchFileSnapshot(golden('egress'));
  });

  it('is tracked if a firewall needs to recognise replies', async () => {
    await expect(egressRuleset('eth2', { bypassTcp: false })).toMatchFileSnapshot(golden('egress-tracked'));
  });

  it('is not changed after the removal', async () => {
    await expect(egressRemoval('eth1')).toMatchFileSnapshot(golden('egress-removal'));
  });
});
