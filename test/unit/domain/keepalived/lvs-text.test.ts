import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBroken, judgeWhileReading } from '../../../../src/domain/keepalived/lvs-complaints.ts';
import { readLvsText } from '../../../../src/domain/keepalived/lvs-text.ts';
import { FIRST, LVS, lvsConfigText, SECOND, SIXTH } from '../../../support/keepalived/lvs-examples.ts';

describe("a controller's keepalived configuration for LVS", () => {
  it('names listener, VIP, pool and members', () => {
    expect(readLvsText(lvsConfigText())).toEqual({
      loadBalancerId: LVS.loadBalancer,
      listenerId: LVS.listener,
      isDisabled: false,
      protocol: 'UDP',
      services: [{ address: '10.0.0.10', port: 53 }],
      vips: ['10.0.0.10'],
      pool: { id: LVS.pool, isMonitored: true, members: [FIRST, SECOND], disabledMembers: [LVS.disabled] },
      firstRoundSeconds: 61,
    });
  });

  it('may have several IPv4 and IPv6 VIPs, and its members in two virtual servers', () => {
    const text = lvsConfigText({
      vips4: ['10.0.0.10', '10.0.0.11'],
      vips6: ['2001:0DB8::10', '2001:db8::11'],
      members: [FIRST, SIXTH],
    });
    const read = readLvsText(text);
    expect(read.vips).toEqual(['10.0.0.10', '10.0.0.11', '2001:db8::10', '2001:db8::11']);
    expect(read.pool).toEqual({
      id: LVS.pool,
      isMonitored: true,
      members: [FIRST, SIXTH],
      disabledMembers: [LVS.disabled],
    });
  });

  it('may have the VIP at the virtual server itself, as controllers before Yoga write it', () => {
    const text = lvsConfigText({ protocol: 'udp' })
      .replace(/virtual_server_group[^}]*\}/, '')
      .replace('virtual_server group ipv4-group', 'virtual_server 10.0.0.10 53');
    expect(readLvsText(text)).toEqual(readLvsText(lvsConfigText()));
  });

  it('is not monitored without a health monitor', () => {
    expect(readLvsText(lvsConfigText({ isMonitored: false })).pool).toMatchObject({
      isMonitored: false,
      members: [FIRST, SECOND],
    });
  });

  it('has no pool when that is disabled, and may have none', () => {
    expect(readLvsText(lvsConfigText({ isPoolDisabled: true })).pool).toBeUndefined();
    const bare = `# Configuration for Listener ${LVS.listener}\n\nnet_namespace amphora-haproxy\n`;
    expect(readLvsText(bare)).toMatchObject({ isDisabled: false, services: [] });
    expect(readLvsText(bare).pool).toBeUndefined();
  });

  it('may be of a disabled listener', () => {
    const text = `# Configuration for Loadbalancer ${LVS.loadBalancer}\n# Listener ${LVS.listener} is disabled\n`;
    expect(readLvsText(text)).toMatchObject({ listenerId: LVS.listener, isDisabled: true });
  });

  it('is read without an exception for any text', () => {
    const lines = fc.array(
      fc.constantFrom(...lvsConfigText().split('\n'), '}', '{', 'virtual_server_group {'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          lines.map((some) => some.join('\n')),
          fc.string(),
        ),
        (text) => {
          expect(readLvsText(text).services.every(({ port }) => port >= 0)).toBe(true);
        },
      ),
    );
  });
});

describe('the output of keepalived about a configuration', () => {
  it.each([
    'SECURITY VIOLATION - check scripts are being executed but script_security not enabled.',
    'Virtual server [ipv4-group]:0 has no real servers - ignoring',
    '',
  ])('%j is no error', (output) => {
    expect(isBroken(output, true)).toBe(false);
    expect(isBroken(output, false)).toBe(false);
  });

  it.each([
    "(x.conf: Line 22) Unexpected '{' - ignoring",
    "(x.conf: Line 29) Unknown keyword '}'",
    `(x.conf: Line 26) Unterminated quote 'misc_path "/var'`,
    "There are 3 missing '}'s or extra '{'s",
  ])('%j is an error', (output) => {
    expect(isBroken(`(Line 1) odd\n${output}\n`, true)).toBe(true);
  });

  it('an unknown keyword is ignored in the file of a controller only', () => {
    expect(isBroken("(Line 1) Unknown keyword 'hello'", true)).toBe(false);
    expect(isBroken("(Line 1) Unknown keyword 'hello'", false)).toBe(true);
  });

  it('is judged the same when it comes in parts', () => {
    const words = `(Line 1) odd\n(x.conf: Line 22) Unexpected '{' - ignoring\n(Line 3) odd\n`;
    for (let size = 1; size <= words.length; size += 1) {
      const verdict = judgeWhileReading(true);
      for (let at = 0; at < words.length; at += size) verdict.read(words.slice(at, at + size));
      expect(verdict.isBroken(), `parts of ${size}`).toBe(true);
    }
    const harmless = judgeWhileReading(true);
    harmless.read("(Line 1) Unknown keyword 'hello'");
    expect(harmless.isBroken()).toBe(false);
  });
});
