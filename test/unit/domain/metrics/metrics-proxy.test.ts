import { describe, expect, it } from 'vitest';
import { metricsProxyDefinition } from '../../../../src/domain/metrics/metrics-proxy.ts';
import { CAP_SETPCAP, hasCapability } from '../../../../src/domain/proc-files.ts';

const OPTIONS = {
  agent: ['/opt/node', '--lite-mode', '/opt/agent.cjs'],
  pidFile: '/var/lib/octavia/prometheus-proxy.pid',
  basePath: '/var/lib/octavia',
} as const;
const COMMAND = [
  ...OPTIONS.agent,
  ...['prometheus-proxy', '--pid-file', OPTIONS.pidFile, '--base-path', OPTIONS.basePath],
];

describe('the metrics proxy under the supervisor', () => {
  it('is this program without privileges in the namespace of the amphora', () => {
    const { supervised } = metricsProxyDefinition({ ...OPTIONS, dropsRights: true });
    expect(supervised).toMatchObject({ namespace: 'amphora-haproxy', pidFile: OPTIONS.pidFile });
    expect(supervised?.command[0]).toBe('setpriv');
    expect(supervised?.command).toContain('--no-new-privs');
    expect(supervised?.command.slice(-COMMAND.length)).toEqual(COMMAND);
  });

  it('also runs if the agent may not drop privileges', () => {
    expect(metricsProxyDefinition({ ...OPTIONS, dropsRights: false }).supervised?.command).toEqual(COMMAND);
  });
});

describe('the capabilities of a process', () => {
  it.each([
    ['all', 'Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n', true],
    ["those of Docker's default", 'CapEff:\t00000000a80425fb\n', true],
    ['all but CAP_SETPCAP', 'CapEff:\t000001fffffffeff\n', false],
    ['none', 'CapEff:\t0000000000000000\n', false],
    ['not told', '', false],
  ])('decide whether it may drop privileges: %s', (_what, status, may) => {
    expect(hasCapability(status, CAP_SETPCAP)).toBe(may);
  });
});
