import { describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE, SERVER_CERTIFICATE_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';

interface Finding {
  readonly state: string;
  readonly subject: string;
  readonly message: string;
  readonly remedy?: string;
}

const { amphora } = useAmphoraLab({ members: 0 });

/** Runs `amphora-agent check --json` in the amphora. The kernel modules are those of the machine that runs the test. */
async function check(configFile: string = AGENT_CONFIG_FILE) {
  const argv = [...PROGRAMS.agent, '--config-file', configFile, 'check', '--json'] as const;
  const { exitCode, stdout } = await amphora.exec(argv, { okCodes: [0, 1, 2], timeoutMs: 60_000 });
  const findings: Finding[] = JSON.parse(stdout).findings.filter(
    ({ subject }: Finding) => !subject.startsWith('kernel module'),
  );
  return { exitCode, findings, faults: findings.filter(({ state }) => state !== 'ok') };
}

const of = (findings: readonly Finding[], subject: string) =>
  findings.find((finding) => finding.subject === subject);

/** Returns the lines of the self-test at the start, besides kernel modules. */
const logged = (): string[] =>
  amphora
    .agentLog()
    .split('\n')
    .filter((line) => line.includes('the self-test found a fault') && !line.includes('kernel module'));

describe('amphora-agent check', () => {
  it('finds no fault in a good amphora, and has the versions of its programs', async () => {
    const { findings, faults } = await check();
    expect(faults).toEqual([]);
    expect(of(findings, '/usr/sbin/haproxy')?.message).toMatch(/^HAProxy version \d/i);
    expect(of(findings, '/usr/sbin/keepalived')?.message).toMatch(/^Keepalived v\d/);
    expect(of(findings, AGENT_CONFIG_FILE)).toMatchObject({ state: 'ok' });
    expect(of(findings, SERVER_CERTIFICATE_FILE)).toMatchObject({ state: 'ok' });
  });

  it('prints a line for each finding', async () => {
    const argv = [...PROGRAMS.agent, '--config-file', AGENT_CONFIG_FILE, 'check'] as const;
    const { stdout } = await amphora.exec(argv, { okCodes: [0, 1], timeoutMs: 60_000 });
    expect(stdout).toMatch(/^ok: \/usr\/sbin\/haproxy: HAProxy version/im);
    expect(stdout.trim().split('\n')).toEqual(
      stdout
        .trim()
        .split('\n')
        .map(() => expect.stringMatching(/^(ok|degraded|broken): \S+/)),
    );
  });

  it('names the command that mends a fault, and the fault is gone after it', async () => {
    await amphora.exec(['chmod', '644', SERVER_CERTIFICATE_FILE]);
    await amphora.exec(['chmod', '777', '/var/lib/octavia/certs']);
    const { exitCode, faults } = await check();
    expect(exitCode).toBe(1);
    expect(faults.map(({ state, remedy }) => [state, remedy])).toEqual([
      ['degraded', 'chmod go-w /var/lib/octavia/certs'],
      ['degraded', `chmod 600 ${SERVER_CERTIFICATE_FILE}`],
    ]);
    await amphora.stopAgent();
    await amphora.startAgent();
    await until(() => logged().length === 2, 60_000, 'the faults in the log');
    for (const { remedy = '' } of faults) await amphora.exec(['sh', '-c', remedy]);
    expect((await check()).faults).toEqual([]);
  });

  it('logs at the start which program is missing and which controller has no address, with what to do', async () => {
    const before = await amphora.readText(AGENT_CONFIG_FILE);
    const other = before.replace(/^controller_ip_port_list = .*$/m, '$&, nowhere.invalid:5555');
    const place = (await amphora.exec(['which', 'arping'])).stdout.trim();
    await amphora.exec(['mount', '--bind', '/dev/null', place]);
    await amphora.exec(['tee', AGENT_CONFIG_FILE], { input: other });
    await amphora.stopAgent();
    const known = logged().length;
    await amphora.startAgent();
    const found = () =>
      logged()
        .slice(known)
        .map((line) => JSON.parse(line))
        .map(({ subject, remedy }) => [subject, remedy]);
    await expect.poll(found).toEqual([
      ['arping', expect.stringMatching(/^(apt-get|dnf) install iputils/)],
      ['nowhere.invalid:5555', expect.stringMatching(/^getent hosts nowhere\.invalid, then/)],
    ]);
    await amphora.exec(['umount', place]);
    await amphora.exec(['tee', AGENT_CONFIG_FILE], { input: before });
    await amphora.stopAgent();
    await amphora.startAgent();
  });

  it('finds whether the agent listens, could listen, or another process has its port', async () => {
    const port = async () => of((await check()).findings, 'bind_port');
    expect(await port()).toMatchObject({
      state: 'ok',
      message: expect.stringMatching(/accepts connections/),
    });
    await amphora.stopAgent();
    expect(await port()).toMatchObject({ state: 'ok', message: expect.stringMatching(/could listen/) });
    const squatter = await amphora.box.start(['socat', `TCP-LISTEN:${amphora.port},fork`, '-']);
    await until(async () => (await port())?.state === 'broken', 60_000, 'the process at the port');
    expect(await port()).toMatchObject({
      remedy: `ss -lntp 'sport = :${amphora.port}', then stop that process`,
    });
    await squatter.stop();
    await amphora.startAgent();
  });

  it('calls an amphora broken whose configuration has faults or names another amphora', async () => {
    const text = await amphora.readText(AGENT_CONFIG_FILE);
    const other = text
      .replace(/^amphora_id = .*$/m, 'amphora_id = 00000000-0000-0000-0000-000000000000')
      .replace(/^bind_port = .*$/m, 'bind_port = x')
      .replace(/^bind_host = .*$/m, 'bind_host = 192.0.2.77')
      .replace(/^controller_ip_port_list = .*$/m, 'controller_ip_port_list = nowhere.invalid:5555');
    await amphora.exec(['tee', '/run/other.conf'], { input: other });
    const { exitCode, faults } = await check('/run/other.conf');
    expect(exitCode).toBe(2);
    expect(faults.map(({ state, subject }) => [state, subject])).toEqual([
      ['broken', '/run/other.conf'],
      ['broken', SERVER_CERTIFICATE_FILE],
      ['broken', 'bind_host'],
      ['degraded', 'nowhere.invalid:5555'],
    ]);
    expect(faults[1]?.message).toMatch(/not for the amphora 0000/);
  });
});
