import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type PackageFindings, packageFindings } from './package-findings.ts';

const TIME_LIMIT_MS = 1200_000;

describe('the installed Debian package', () => {
  let found: PackageFindings;

  beforeAll(async () => {
    found = packageFindings.parse(
      await runUnderSystemd('test/systemd/package/package-scenario.ts', TIME_LIMIT_MS - 50_000),
    );
  }, TIME_LIMIT_MS);

  it('installs without recommended packages, waits for a configuration, and runs as soon as there is one', () => {
    const { enabled, foreign, ...rest } = found.installed;
    expect(new Set(enabled)).toEqual(new Set(['enabled']));
    expect(new Set(foreign)).toEqual(new Set(['disabled']));
    expect(rest).toEqual({ code: 0, said: [], before: 'inactive', info: 200, files: '', version: '1.2.3' });
  });

  it('provides every program of health checks and metrics in its directory', () => {
    expect(found.checks).toEqual({
      own: 'succeeded',
      left: 'succeeded',
      sctp: 'failed (exited with status 1)',
      pings: '0\t2147483647',
      // this haproxy has no exporter
      metrics: '502',
    });
  });

  it('does not touch haproxy when the agent is restarted, and starts a killed haproxy', () => {
    expect(found.restarted).toEqual({ info: 200, restarts: '1', served: 'packaged', sameHaproxy: true });
  });

  it('can be upgraded and downgraded, and the new version runs', () => {
    for (const change of [found.upgraded, found.downgraded]) {
      expect(change).toMatchObject({ code: 0, info: 200, otherAgent: true, audit: '' });
    }
    expect(found.upgraded.said).toEqual([]);
  });

  it('keeps the old agent running after an upgrade with which the agent cannot start', () => {
    const { said, ...rest } = found.broken;
    expect(rest).toEqual({ code: 0, info: 200, otherAgent: false, audit: '' });
    expect(said.join('\n')).toMatch(
      /cannot start with its configuration[\s\S]*systemctl restart amphora-agent/,
    );
  });

  it('ends the agent when it is removed, while haproxy and its check go on', () => {
    const { said, ...rest } = found.removed;
    expect(rest).toEqual({
      ...{ code: 0, state: 'config-files', agent: 'inactive', sameHaproxy: true },
      checks: [0, 1],
    });
    expect(said).toEqual([expect.stringContaining('serves on without the agent')]);
  });

  it('loses no request during installation, upgrades and removal', () => {
    expect(found.traffic.lost).toBe(0);
    expect(found.traffic.answered).toBeGreaterThan(50);
  });

  it('keeps keepalived master during restarts, upgrades and removal, and when it is installed again after a reboot', () => {
    const undisturbed = { sameProcess: true, transitions: [], checks: ['0'] };
    expect(found.keepalived).toEqual([undisturbed, undisturbed]);
  });

  it('leaves an amphora that serves after a reboot without the agent', () => {
    expect(found.rebooted).toEqual({
      enabled: ['enabled', 'enabled'],
      served: 'packaged',
      agent: 'not-found',
    });
  });

  it('supervises the running services when it is installed again', () => {
    expect(found.reinstalled).toEqual({ code: 0, said: [], info: 200, served: 'packaged', files: '' });
    expect(found.booted).toEqual({ info: 200, restarts: '0' });
  });

  it('makes the namespace before it starts the agent', () => {
    expect(found.order).toEqual({
      namespaceWasMade: true,
      agentComesAfter: expect.arrayContaining(['amphora-netns-add.service', 'certs-ramfs.service']),
    });
  });

  it('is not purged while a haproxy runs, and says how to purge it', () => {
    const { code, said, ...rest } = found.purged.refused;
    expect(rest).toEqual({ served: 'packaged', keyWasThere: true, state: 'installed', audit: '' });
    expect(code).not.toBe(0);
    expect(said.join('\n')).toMatch(/load balancers run[\s\S]*AMPHORA_AGENT_PURGE=yes/);
  });

  it('is purged on request: nothing of it is left, and it names the remaining files', () => {
    const { said, ...rest } = found.purged.done;
    expect(rest).toEqual({ code: 0, state: '', left: [], diversions: '' });
    expect(said.join('\n')).toMatch(/logs in \/var\/log are left/);
  });
});
