import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type KeepalivedFindings, keepalivedFindings } from './keepalived-findings.ts';

const TIME_LIMIT_MS = 100_000;

describe('a keepalived under real systemd', () => {
  let found: KeepalivedFindings;

  beforeAll(async () => {
    found = keepalivedFindings.parse(
      await runUnderSystemd('test/systemd/keepalived/keepalived-scenario.ts', TIME_LIMIT_MS),
    );
  }, TIME_LIMIT_MS);

  it('has started and reloaded when it says so, which is read from the journal', () => {
    expect(found.vrrp).toEqual({
      started: '',
      startLog: 'ready',
      reloaded: '',
      reloadLog: 'ready',
      warnings: [],
      sameMain: true,
    });
  });

  it('has not started where its interface is missing, and that is the first thing said', () => {
    expect(found.missingInterface.said).toMatch(/^start: Non-existent interface specified in configuration/);
  });

  it('has started where everything is disabled', () => {
    expect(found.nothingToRun.said).toBe('');
  });

  it('has not started without IPVS in the kernel, and that is said before any of its 300 members', () => {
    expect(found.withoutIpvs.said).toMatch(/^start: IPVS: Can't initialize ipvs/);
    expect(found.withoutIpvs.said).not.toContain('Shutting down service');
  });
});
