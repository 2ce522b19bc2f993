import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type HardenedFindings, hardenedFindings } from './hardened-agent-findings.ts';

const TIME_LIMIT_MS = 100_000;
/** what systemd calls OK; higher is more exposed */
const SCORE = 4;

describe('the unit of the agent', () => {
  it('exposes less than systemd calls medium', () => {
    const argv = ['security', '--offline=true', '--no-pager', 'systemd/amphora-agent.service'];
    const said = execFileSync('systemd-analyze', argv).toString();
    const score = /Overall exposure level for amphora-agent\.service: (\d+\.\d+)/.exec(said)?.[1];
    expect(Number(score)).toBeLessThan(SCORE);
  });
});

describe('an agent that may do no more than its unit lets it', () => {
  let found: HardenedFindings;

  beforeAll(async () => {
    const scenario = 'test/systemd/hardened-agent/hardened-agent-scenario.ts';
    found = hardenedFindings.parse(await runUnderSystemd(scenario, TIME_LIMIT_MS));
  }, TIME_LIMIT_MS);

  it('answers all that a controller asks as ever', () => {
    const failed = Object.entries(found.answers).filter(([, answer]) => !/^20[02] /.test(answer));
    expect(failed).toEqual([]);
  });

  it('plugs, filters, leases, and starts haproxy and keepalived', () => {
    const { addresses, ruleset, ...rest } = found.state;
    expect(rest).toEqual({ served: 'hardened', forwarding: '1', keepalived: 'active', dhcpClients: '1' });
    expect(addresses).toMatch(/^eth1.* 192\.0\.2\.1\/24/m);
    expect(addresses).toMatch(/^eth2.* 10\.95\.0\.1\d\d\/24/m);
    expect(ruleset).toContain('tcp dport 80');
  });

  it('leaves what it started alone when it is restarted, and removes it when told to', () => {
    expect(found.after).toEqual({
      processes: 'the same',
      served: 'hardened',
      removal: '200 {"message":"OK"}',
      restarts: '0',
    });
  });

  it('complains of nothing, and tells no secret', () => {
    expect(found.complaints).toEqual([]);
    expect(found.secrets).toEqual([]);
  });
});
