import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type LogFindings, logFindings } from './log-findings.ts';

const TIME_LIMIT_MS = 900_000;

describe('the log of an installed agent, with rsyslog', () => {
  let found: LogFindings;

  beforeAll(async () => {
    const seen = await runUnderSystemd('test/systemd/package/log-scenario.ts', TIME_LIMIT_MS - 20_000);
    found = logFindings.parse(seen);
  }, TIME_LIMIT_MS);

  it('comes with an installation with recommended packages', () => {
    expect(found.installed).toBe(0);
    expect(found.enabled).toEqual(['enabled', 'enabled', 'enabled']);
  });

  it('has each line once: of the agent, of haproxy and of keepalived', () => {
    for (const { count, twice } of Object.values(found.forwarded)) {
      expect(twice).toEqual([]);
      expect(count).toBeGreaterThan(0);
    }
  });

  it('has all lines of the agent, as the journal has them', () => {
    expect(found.forwarded.agent.count).toBe(found.journal);
  });

  it('has each line of the agent once without use_syslog too, from the journal', () => {
    expect(found.notForwarded).toBe(1);
  });
});
