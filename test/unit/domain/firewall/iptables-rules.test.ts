import { describe, expect, it } from 'vitest';
import { egressRestore, egressUnrestore } from '../../../../src/domain/firewall/iptables-rules.ts';

const NOTHING = '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n';
const LOADED = `*raw
-A PREROUTING -i eth1 -j amphora-eth1
-A OUTPUT -o eth1 -j amphora-eth1
COMMIT
*nat
-A POSTROUTING -o eth1 -j amphora-eth1
COMMIT
`;

describe('masquerading by iptables', () => {
  it('fills a chain of its own, and sends packets there', () => {
    expect(egressRestore('eth1', NOTHING, { bypassTcp: true })).toBe(`*nat
:amphora-eth1 - [0:0]
-A POSTROUTING -o eth1 -j amphora-eth1
-A amphora-eth1 -p udp -j MASQUERADE
-A amphora-eth1 -p sctp -j MASQUERADE
COMMIT
*raw
:amphora-eth1 - [0:0]
-A PREROUTING -i eth1 -j amphora-eth1
-A OUTPUT -o eth1 -j amphora-eth1
-A amphora-eth1 -p tcp -j CT --notrack
COMMIT
`);
  });

  it('sends packets there once', () => {
    expect(egressRestore('eth1', LOADED, { bypassTcp: true })).not.toMatch(/-j amphora-eth1/);
    expect(egressRestore('eth11', LOADED, { bypassTcp: true })).toContain('-i eth11 -j amphora-eth11');
  });

  it('keeps the tracking of TCP if a firewall needs it', () => {
    expect(egressRestore('eth1', LOADED, { bypassTcp: false })).not.toContain('notrack');
  });

  it('removes its own rules only', () => {
    expect(egressUnrestore('eth1', LOADED)).toBe(`*nat
:amphora-eth1 - [0:0]
-D POSTROUTING -o eth1 -j amphora-eth1
-X amphora-eth1
COMMIT
*raw
:amphora-eth1 - [0:0]
-D PREROUTING -i eth1 -j amphora-eth1
-D OUTPUT -o eth1 -j amphora-eth1
-X amphora-eth1
COMMIT
`);
    expect(egressUnrestore('eth1', NOTHING)).not.toContain('-D');
  });
});
