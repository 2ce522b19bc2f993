import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type KeepalivedFindings, keepalivedFindings } from './keepalived-findings.ts';

const TIME_LIMIT_MS = 300_000;

describe('a keepalived under real systemd', () => {
  let found: KeepalivedFindings;

  beforeAll(async () => {
    found = keepalivedFindings.parse(
      await runUnderSystemd('test/systemd/keepalived/keepalived-scenario.ts', TIME_LIMIT_MS),
    );
  }, TIME_LIMIT_MS);

  it('is reported as started and reloaded when its journal says so', () => {
    expect(found.vrrp).toEqual({
      started: '',
      startLog: 'ready',
      reloaded: '',
      reloadLog: 'ready',
      warnings: [],
      sameMain: true,
    });
  });

  it('is reported as failed if its interface is missing, with that reason first', () => {
    expect(found.missingInterface.said).toMatch(/^start: Non-existent interface specified in configuration/);
  });

  it('is reported with that reason even if the journal reads its line when the process has ended', () => {
    expect(found.slowJournal.said).toMatch(/^start: Non-existent interface specified in configuration/);
  });

  it('is reported with that reason even if systemd is too slow to see the process too', () => {
    expect(found.slowJournal.saidWithoutMain).toMatch(/^Non-existent interface specified in configuration/);
  });

  it('is reported as started if every server is disabled', () => {
    expect(found.nothingToRun.said).toBe('');
  });

  it('is reported as failed without IPVS in the kernel, with that reason before any of its 300 members', () => {
    expect(found.withoutIpvs.said).toMatch(/^start: IPVS: Can't initialize ipvs/);
    expect(found.withoutIpvs.said).not.toContain('Shutting down service');
  });
});
