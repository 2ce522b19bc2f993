import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from './container.ts';
import { type PackageFindings, packageFindings } from './package-findings.ts';

const TIME_LIMIT_MS = 100_000;

describe('the Debian package', () => {
  let found: PackageFindings;

  beforeAll(async () => {
    found = packageFindings.parse(await runUnderSystemd('test/systemd/package-scenario.ts', TIME_LIMIT_MS));
  }, TIME_LIMIT_MS);

  it('waits for a configuration, and runs as soon as there is one', () => {
    const { enabled, ...rest } = found.installed;
    expect(new Set(enabled)).toEqual(new Set(['enabled']));
    expect(rest).toEqual({ before: 'inactive', info: 200, files: '' });
  });

  it('brings every program of health checks and metrics to where it is looked for', () => {
    expect(found.checks).toEqual({
      own: 'succeeded',
      left: 'succeeded',
      sctp: 'failed (exited with status 1)',
      pings: '0\t2147483647',
      // this haproxy has no exporter
      metrics: '502',
    });
  });

  it('leaves haproxy alone when the agent is restarted, and starts one that was killed', () => {
    expect(found.restarted).toEqual({ info: 200, restarts: '1', served: 'packaged', sameHaproxy: true });
  });

  it('brings everything back after a reboot', () => {
    expect(found.rebooted).toEqual({ info: 200, served: 'packaged', restarts: '0' });
  });

  it('makes the namespace before it starts the agent', () => {
    expect(found.order).toEqual({
      namespaceWasMade: true,
      agentComesAfter: expect.arrayContaining(['amphora-netns-add.service', 'certs-ramfs.service']),
    });
  });

  it('leaves haproxy alone when it is removed', () => {
    expect(found.removed).toMatchObject({ served: 'packaged', agent: 'inactive' });
  });

  it('leaves the programs of health checks when it is removed', () => {
    expect(found.removed.checks).toEqual([0, 1]);
  });
});
