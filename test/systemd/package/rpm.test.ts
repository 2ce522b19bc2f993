import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type RpmFindings, rpmFindings } from './rpm-findings.ts';

const TIME_LIMIT_MS = 1200_000;

describe('the RPM under systemd', () => {
  let found: RpmFindings;

  beforeAll(async () => {
    found = rpmFindings.parse(
      await runUnderSystemd('test/systemd/package/rpm-scenario.ts', TIME_LIMIT_MS - 50_000),
    );
  }, TIME_LIMIT_MS);

  it('is installed, waits for a configuration, and the agent runs as soon as there is one', () => {
    const { enabled, ...rest } = found.installed;
    expect(new Set(enabled)).toEqual(new Set(['enabled']));
    expect(rest).toEqual({ code: 0, said: [], before: 'inactive', info: 200 });
  });

  it('is upgraded and downgraded, and the other version runs', () => {
    for (const change of [found.upgraded, found.downgraded]) {
      expect(change).toEqual({ code: 0, said: [], info: 200, otherAgent: true });
    }
  });

  it('is upgraded with a configuration with which the agent cannot start: the old agent goes on', () => {
    const { said, ...rest } = found.broken;
    expect(rest).toEqual({ code: 0, info: 200, otherAgent: false });
    expect(said.join('\n')).toMatch(
      /cannot start with its configuration[\s\S]*systemctl restart amphora-agent/,
    );
  });

  it('starts no agent that an administrator has disabled', () => {
    expect(found.disabled).toEqual({ code: 0, said: [], agent: 'inactive' });
  });

  it('is removed: the agent ends, haproxy and its check go on, and come back with the machine', () => {
    const { said, ...rest } = found.removed;
    expect(rest).toEqual({
      ...{ code: 0, agent: 'inactive', unit: 'not-found', sameHaproxy: true, check: 0 },
      ...{ enabled: ['enabled', 'enabled'], restarted: 'packaged' },
    });
    expect(said.join('\n')).toMatch(/serves on without the agent[\s\S]*amphora-agent\/purge/);
  });

  it('is installed again beneath the load balancer', () => {
    expect(found.reinstalled).toEqual({ code: 0, said: [], info: 200, served: 'packaged' });
  });

  it('loses no request in all of this', () => {
    expect(found.traffic.answered).toBeGreaterThan(50);
    expect(found.traffic.lost).toBe(0);
  });

  it('purges what its removal left, but not beneath a load balancer unless the operator wants that', () => {
    const { refused, done } = found.purged;
    expect(refused).toMatchObject({ code: 1, served: 'packaged' });
    expect(done).toMatchObject({ code: 0, served: '', left: [] });
  });
});
