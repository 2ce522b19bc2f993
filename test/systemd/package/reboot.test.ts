import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type RebootFindings, rebootFindings } from './reboot-findings.ts';

const TIME_LIMIT_MS = 1500_000;
const AGENT_STEPS = ['install', 'upgrade', 'downgrade', 'reinstall'];

describe('each step of the package manager, with a reboot after it', () => {
  let found: RebootFindings;

  beforeAll(async () => {
    const seen = await runUnderSystemd('test/systemd/package/reboot-scenario.ts', TIME_LIMIT_MS - 20_000);
    found = rebootFindings.parse(seen);
  }, TIME_LIMIT_MS);

  it('loses no request', () => {
    expect(found.steps).toHaveLength(6);
    for (const { name, code, traffic } of found.steps) {
      expect({ name, code, lost: traffic.lost }).toEqual({ name, code: 0, lost: 0 });
      expect(traffic.answered).toBeGreaterThan(20);
    }
  });

  it('has the load balancer serve after the reboot, with or without an agent', () => {
    for (const { name, served, failed } of found.steps) {
      expect({ name, served, failed }).toEqual({ name, served: 'packaged', failed: '' });
    }
  });

  it('has an agent after the reboot where one is installed and can start', () => {
    for (const { name, info } of found.steps) {
      expect({ name, info }).toEqual({ name, info: AGENT_STEPS.includes(name) ? 200 : null });
    }
  });

  it('leaves a haproxy that can be restarted once the agent is removed', () => {
    expect(found.restarted).toEqual({ served: 'packaged', requires: 'active' });
  });

  it.each([
    [0, 'removed', 'config-files'],
    [1, 'installed', 'installed'],
    [2, 'starting', 'installed'],
  ])('changes nothing by a purge that is refused (%i: the agent is %s)', (index, _, state) => {
    const refused = found.refused[index];
    expect(refused?.code).not.toBe(0);
    expect({ served: refused?.served, state: refused?.state }).toEqual({ served: 'packaged', state });
    expect(refused?.settings[1]).toBe(refused?.settings[0]);
    expect(refused?.settings[0]).toContain('49-amphora-socket.conf');
    expect(refused?.agents[1]).toBe(refused?.agents[0]);
  });

  it('leaves nothing in /etc after a purge, and no unit that fails at the next boot', () => {
    const { code, settings, failed } = found.purged;
    expect({ code, failed }).toEqual({ code: 0, failed: '' });
    expect(settings).not.toContain('amphora');
  });
});
