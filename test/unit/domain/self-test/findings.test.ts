import { describe, expect, it } from 'vitest';
import { judgeApiAddress } from '../../../../src/domain/self-test/api-address.ts';
import { exitCodeOf, type Finding, findingLine, ok } from '../../../../src/domain/self-test/finding.ts';
import {
  judgeBindAddress,
  judgeControllers,
  judgeDirectory,
  judgeModule,
  judgeSecretFile,
} from '../../../../src/domain/self-test/machine.ts';
import { judgeProgram, neededPrograms } from '../../../../src/domain/self-test/programs.ts';

const degraded: Finding = { state: 'degraded', subject: 'a', message: 'b', remedy: 'c' };
const directory = { isDirectory: true, uid: 0, mode: 0o755 };

describe('the exit code of the self-test', () => {
  it.each([
    [[], 0],
    [[ok('a', 'b')], 0],
    [[ok('a', 'b'), degraded], 1],
    [[degraded, { ...degraded, state: 'broken' as const }], 2],
  ])('of %j is %i', (findings, code) => {
    expect(exitCodeOf(findings)).toBe(code);
  });

  it('comes after a line for each finding', () => {
    expect([ok('a', 'b'), degraded].map(findingLine)).toEqual(['ok: a: b', 'degraded: a: b (try: c)']);
  });
});

describe('a program', () => {
  const judged = (program: string, canRun: boolean, output?: string, isDebian = true) => {
    const needed = neededPrograms('/usr/sbin/haproxy').find((one) => one.program === program);
    if (needed === undefined) throw new Error(`${program} is not needed`);
    return findingLine(judgeProgram(needed, { canRun, output }, isDebian));
  };

  it.each([
    [
      '/usr/sbin/haproxy',
      true,
      'HAProxy version 2.6.12\nStatus: x\n',
      'ok: /usr/sbin/haproxy: HAProxy version 2.6.12',
    ],
    ['arping', true, undefined, 'ok: arping: present'],
    ['ipvsadm', true, 'ipvsadm v1.31 2019/12/24\n', 'ok: ipvsadm: ipvsadm v1.31 2019/12/24'],
    ['ipvsadm', true, undefined, 'ok: ipvsadm: present; it prints no version on this kernel'],
    [
      'ipvsadm',
      false,
      undefined,
      'degraded: ipvsadm: missing or not executable: UDP and SCTP listeners have no statistics (try: apt-get install ipvsadm)',
    ],
    [
      '/usr/sbin/haproxy',
      false,
      undefined,
      'broken: /usr/sbin/haproxy: missing or not executable: no load balancer can run (try: apt-get install haproxy)',
    ],
    [
      'nft',
      true,
      undefined,
      'degraded: nft: nft --version fails: no packet filter of the VIP (SR-IOV) (try: apt-get --reinstall install nftables)',
    ],
  ] as const)('%s (can run: %s, output: %j) has the finding "%s"', (program, canRun, output, line) => {
    expect(judged(program, canRun, output)).toBe(line);
  });

  it("is installed by dnf in Red Hat's distributions", () => {
    expect(judged('ip', false, undefined, false)).toContain('(try: dnf install iproute)');
    expect(judged('ip', true, undefined, false)).toContain('(try: dnf reinstall iproute)');
  });
});

describe('the address of the API', () => {
  it.each([
    ['accepts', 'ok: bind_port: the agent accepts connections at 10.0.0.1:9443'],
    ['free', 'ok: bind_port: the agent does not run, and could listen at 10.0.0.1:9443'],
    [
      'deaf',
      'broken: bind_port: the agent runs, but accepts no connections at 10.0.0.1:9443 (try: journalctl -u amphora-agent, then systemctl restart amphora-agent)',
    ],
    [
      'in use',
      "broken: bind_port: another process listens at 10.0.0.1:9443: the agent cannot start (try: ss -lntp 'sport = :9443', then stop that process)",
    ],
    [
      { failure: 'EACCES' },
      'broken: bind_port: nothing can listen at 10.0.0.1:9443 (EACCES) (try: correct bind_host and bind_port in [haproxy_amphora])',
    ],
  ] as const)('that %j has the finding "%s"', (state, line) => {
    expect(findingLine(judgeApiAddress('10.0.0.1', 9443, state))).toBe(line);
  });
});

describe('a file or directory', () => {
  it.each([
    [directory, 'ok: /d: mode 0755'],
    [undefined, 'ok: /d: missing: the agent makes it when it needs it'],
    [{ ...directory, isDirectory: false }, 'broken: /d: not a directory (try: rm /d && mkdir -p /d)'],
    [{ ...directory, uid: 7 }, 'degraded: /d: belongs to user 7 (try: chown root /d)'],
    [
      { ...directory, mode: 0o1777 },
      'degraded: /d: others than root may write (mode 1777) (try: chmod go-w /d)',
    ],
  ])('with the facts %j has the finding "%s"', (facts, line) => {
    expect(findingLine(judgeDirectory('/d', facts))).toBe(line);
  });

  it.each([
    [0o600, 'ok'],
    [0o400, 'ok'],
    [0o640, 'degraded'],
    [0o604, 'degraded'],
    [0o602, 'degraded'],
  ])('with a secret and mode %i is %s', (mode, state) => {
    expect(judgeSecretFile('/f', { isDirectory: false, uid: 0, mode })[0]?.state).toBe(state);
    expect(judgeSecretFile('/f', undefined)).toEqual([]);
  });
});

describe('the surroundings', () => {
  it('lack a kernel module, with the command that loads it', () => {
    expect(judgeModule('ip_vs', false)).toMatchObject({ state: 'degraded', remedy: 'modprobe ip_vs' });
    expect(judgeModule('ip_vs', true).state).toBe('ok');
  });

  it('have the address of the API, or the amphora is broken', () => {
    expect(judgeBindAddress('10.0.0.1', ['10.0.0.2', '10.0.0.1']).state).toBe('ok');
    expect(judgeBindAddress('::', []).state).toBe('ok');
    expect(judgeBindAddress('10.0.0.1', ['fe80::1%eth0']).state).toBe('broken');
  });

  it('resolve the names of the controllers', () => {
    const findings = judgeControllers(
      new Map([
        ['good:5555', true],
        ['bad:5555', false],
      ]),
    );
    expect(findings.map(({ state }) => state)).toEqual(['ok', 'degraded']);
    expect(findings[1]?.remedy).toMatch(/^getent hosts bad,/);
    expect(judgeControllers(new Map())).toMatchObject([{ state: 'broken' }]);
  });
});
