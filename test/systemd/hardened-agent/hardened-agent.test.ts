import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type HardenedFindings, hardenedFindings } from './hardened-agent-findings.ts';

const TIME_LIMIT_MS = 600_000;
/** the exposure that systemd calls OK; a higher one is worse */
const SCORE = 4;

describe('the unit of the agent', () => {
  it('has an exposure below MEDIUM for systemd-analyze security', () => {
    const argv = ['security', '--offline=true', '--no-pager', 'systemd/amphora-agent.service'];
    const said = execFileSync('systemd-analyze', argv).toString();
    const score = /Overall exposure level for amphora-agent\.service: (\d+\.\d+)/.exec(said)?.[1];
    expect(Number(score)).toBeLessThan(SCORE);
  });
});

describe('an agent under the restrictions of its unit', () => {
  let found: HardenedFindings;

  beforeAll(async () => {
    const scenario = 'test/systemd/hardened-agent/hardened-agent-scenario.ts';
    found = hardenedFindings.parse(await runUnderSystemd(scenario, TIME_LIMIT_MS));
  }, TIME_LIMIT_MS);

  it('answers every request of a controller', () => {
    const failed = Object.entries(found.answers).filter(([, answer]) => !/^20[02] /.test(answer));
    expect(failed).toEqual([]);
  });

  it('plugs networks, loads firewall rules, gets DHCP leases, and starts haproxy and keepalived', () => {
    const { addresses, ruleset, ...rest } = found.state;
    expect(rest).toEqual({ served: 'hardened', forwarding: '1', keepalived: 'active', dhcpClients: '1' });
    expect(addresses).toMatch(/^eth1.* 192\.0\.2\.1\/24/m);
    expect(addresses).toMatch(/^eth2.* 10\.95\.0\.1\d\d\/24/m);
    expect(ruleset).toContain('tcp dport 80');
  });

  it('makes a diagnostics archive with logs of the journal and the dump of keepalived', () => {
    const { errors, keepalived, logs, secrets } = found.archive;
    // a kernel may lack IPVS
    const { 'network/inside/ipvs.txt.error.txt': _, ...others } = errors;
    expect(others).toEqual({});
    expect(JSON.parse(keepalived)).toMatchObject([{ data: { iname: 'VI_1' } }]);
    expect(logs).toEqual([expect.stringContaining('API listens'), expect.stringMatching(/haproxy/i)]);
    expect(secrets).toEqual([]);
  });

  it('captures packets with tcpdump', () => {
    expect(found.capture).toBe('200 24');
  });

  it('starts a haproxy that systemd gave up, and not one that its controller stopped after that', () => {
    const { answers, states } = found.drift;
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['202', '202']);
    expect(states).toEqual(['active', 'inactive']);
  });

  it('does not touch haproxy and keepalived when it is restarted, and removes them on request', () => {
    expect(found.after).toEqual({
      processes: 'the same',
      served: 'hardened',
      removal: '200 {"message":"OK"}',
      restarts: '0',
    });
  });

  it('logs no warning and no secret', () => {
    expect(found.complaints).toEqual([]);
    expect(found.secrets).toEqual([]);
  });
});
