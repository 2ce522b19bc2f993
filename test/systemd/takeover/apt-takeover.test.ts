import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type AptTakeoverFindings, aptTakeoverFindings } from './apt-takeover-findings.ts';
import { BUILT } from './built-amphora.ts';

const TIME_LIMIT_MS = 1800_000;
const CONTAINER_LIMIT_MS = TIME_LIMIT_MS - 20_000;

describe("the Debian package over Debian's octavia-agent", () => {
  let found: AptTakeoverFindings;

  beforeAll(async () => {
    const scenario = 'test/systemd/takeover/apt-takeover-scenario.ts';
    found = aptTakeoverFindings.parse(await runUnderSystemd(scenario, CONTAINER_LIMIT_MS, 'systemd-peer'));
  }, TIME_LIMIT_MS);

  it('finds an amphora of the other agent', () => {
    expect(found.built).toEqual(BUILT);
    expect(found.before.master).toBe(true);
  });

  it('takes over in one apt install', () => {
    const { code, agents, version } = found.installed;
    expect({ code, agents, version }).toEqual({
      code: 0,
      agents: { 'octavia-agent.service': 'inactive', 'amphora-agent.service': 'active' },
      version: '1.2.3',
    });
  });

  it('has the disk in memory for keys made at the next boot too, as the other agent had', () => {
    expect(found.installed.ramfs).toEqual([true, true]);
  });

  it('goes on with heartbeats, numbered from 0', () => {
    expect(found.installed.heard).toEqual({ first: 0, counted: true });
  });

  it('returns the amphora to the other agent in one apt remove', () => {
    const { code, agents, left, verified } = found.removed;
    expect({ code, agents, left, verified }).toEqual({
      code: 0,
      agents: { 'octavia-agent.service': 'active', 'amphora-agent.service': 'inactive' },
      left: [],
      verified: '',
    });
    expect(found.removed.heard).toEqual({ first: 0, counted: true });
  });

  it('leaves interface files that the other agent reads, also those that this agent has written', () => {
    expect(found.installed.plugged).toBe(202);
    expect(found.removed.interfaces).toMatch(/exit 0$/);
  });

  it.each([
    [0, 'the removal', 'octavia-agent.service'],
    [1, 'a second takeover', 'amphora-agent.service'],
  ])('serves after a reboot, with heartbeats (%i: after %s, those of %s)', (index, _, running) => {
    const { page, ...rest } = found.reboots[index] ?? {};
    const agents = { 'octavia-agent.service': 'inactive', 'amphora-agent.service': 'inactive' };
    expect(rest).toEqual({ code: 0, agents: { ...agents, [running]: 'active' }, heartbeat: true });
    expect(page).toMatch(/^member/);
  });

  it('does not change a file of the other package while it is installed', () => {
    expect(found.installed.verified).toBe('');
  });

  it('costs no request, no restart of haproxy or keepalived, and no change of the VRRP master', () => {
    expect(found.installed.after).toEqual(found.before);
    expect(found.removed.after).toEqual(found.before);
    for (const { traffic } of [found.installed, found.removed]) {
      expect(traffic.lost).toBe(0);
      expect(traffic.answered).toBeGreaterThan(20);
    }
    expect(found.transitions).toEqual([]);
  });
});
