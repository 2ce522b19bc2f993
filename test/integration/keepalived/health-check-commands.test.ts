import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM_DIRECTORY, writePrograms } from '../../../sandbox/amphora/amphora-files.ts';
import { CHECK_SCRIPT, runKeepalivedCheck } from '../../../sandbox/amphora/keepalived-check.ts';
import { haproxyConfigText, keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { failureReport } from '../../../sandbox/failure-report.ts';
import { AMPHORA_COMMANDS } from '../../../sandbox/lab/private-namespaces.ts';
import { type LongRunning, startLongRunning, until } from '../../../sandbox/programs/long-running.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { StepFailed } from '../../../sandbox/stage.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

const BASE = '/var/lib/octavia';
const HAPROXY_CHECK_SCRIPT = `${BASE}/vrrp/check_scripts/haproxy_check_script.sh`;
const KEEPALIVED_LOG = `${BASE}/supervisor/octavia-keepalived.log`;
const SCTP_MEMBER = path.resolve(import.meta.dirname, '../../fixtures/sctp_member.py');
const UDP_PORT = 5353;
const LIMIT_MS = 60_000;

const plugged = usePluggedAmphora({
  topology: 'ACTIVE_STANDBY',
  each: () => ({ programs: { ...PROGRAMS, agent: ['env', '-i', ...PROGRAMS.agent] } }),
  prepare: ({ box }) => rm(box.file(PROGRAM_DIRECTORY), { recursive: true }),
});
const { amphora } = plugged;
const servers: LongRunning[] = [];

/** The agent starts with an empty environment, and only the agent itself provides the commands of checks. */
beforeAll(async () => {
  await serveSctpAndUdp();
});

afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function serveSctpAndUdp(): Promise<void> {
  const [server] = plugged.world.members;
  const inMember = ['ip', 'netns', 'exec', server?.name ?? ''] as const;
  const sctp = await startLongRunning([...inMember, 'python3', SCTP_MEMBER]);
  servers.push(sctp, await startLongRunning([...inMember, 'socat', '-u', `UDP-RECV:${UDP_PORT}`, 'STDOUT']));
  await sctp.printed(/ready/);
}

const member = (index: number): string => plugged.world.members[index]?.address ?? '';

/** Starts keepalived with one check. @returns the output of keepalived about the first run of the check */
async function outcomeOf(script: string): Promise<string | undefined> {
  const { ask, balancer } = plugged;
  const role = { amphoraId: amphora.id, state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;
  const text = keepalivedConfigText(balancer, role).replace(/script \/.*$/m, `script "${script}"`);
  await ask('PUT', '/1.0/vrrp/stop');
  expect(await ask('PUT', '/1.0/vrrp/upload', { text })).toMatchObject({ status: 200 });
  const before = (await amphora.readText(KEEPALIVED_LOG).catch(() => '')).length;
  expect(await ask('PUT', '/1.0/vrrp/start')).toMatchObject({ status: 202 });
  let [outcome, isRun]: [string | undefined, boolean] = [undefined, true];
  await until(
    async () => {
      const log = (await amphora.readText(KEEPALIVED_LOG)).slice(before);
      outcome = /VRRP_Script\(check_script\) (succeeded|failed.*)$/m.exec(log)?.[1];
      isRun = !log.includes("Couldn't setgroups");
      return outcome !== undefined;
    },
    LIMIT_MS,
    'the outcome of a check',
  );
  if (isRun) return outcome;
  // keepalived runs no check in the user namespace of an ordinary user
  const { exitCode } = await runKeepalivedCheck(amphora, script.split(' '), { okCodes: [0, 1] });
  return exitCode === 0 ? 'succeeded' : `failed (exited with status ${exitCode})`;
}

describe('a box of the tests', () => {
  it('lacks the commands that the machine has installed', async () => {
    const names = AMPHORA_COMMANDS.map((name) => `command -v ${name}`).join('; ');
    expect((await runProgram(['sh', '-c', `${names}; true`])).stdout).toBe('');
    expect((await amphora.exec(['sh', '-c', `${names}; true`])).stdout).toBe('');
  });
});

describe('an agent that was started with an empty environment', () => {
  it('finds the programs in /usr/sbin', async () => {
    const { stdout } = await amphora.exec(['nft', 'list', 'ruleset'], { inNamespace: true });
    expect(stdout).toMatch(/oifname "eth1".*masquerade/);
    expect(amphora.agentLog()).not.toContain('"level":50');
  });
});

describe('the commands of health checks', () => {
  it('are in one directory, executable for every user', async () => {
    const files = ['bin/haproxy-vrrp-check', 'bin/amphora-health-checker', 'ping-wrapper.sh'];
    for (const file of files) {
      const { stdout } = await amphora.exec(['stat', '-c', '%a %U', `${BASE}/${file}`]);
      expect(stdout).toBe('755 root\n');
    }
  });

  it('are replaced by the next agent, except for a ping-wrapper.sh that was there before', async () => {
    const check = amphora.box.file(`${BASE}/bin/haproxy-vrrp-check`);
    const ping = `${BASE}/ping-wrapper.sh`;
    const right = await amphora.readText(`${BASE}/bin/haproxy-vrrp-check`);
    await writeFile(check, '#!/bin/false\n');
    await writeFile(amphora.box.file(ping), `${await amphora.readText(ping)}# of the image\n`);
    await amphora.stopAgent();
    await amphora.startAgent();
    expect(await amphora.readText(`${BASE}/bin/haproxy-vrrp-check`)).toBe(right);
    expect(await amphora.readText(ping)).toMatch(/# of the image\n$/);
  });
});

describe('keepalived of the built-in supervisor', () => {
  it('runs the script of this agent, which calls haproxy-vrrp-check', async () => {
    const { ask, balancer } = plugged;
    expect(await outcomeOf(CHECK_SCRIPT)).toBe('failed (exited with status 1)');
    const upload = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
    await ask('PUT', upload, { text: haproxyConfigText(balancer) });
    await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    expect(await amphora.readText(HAPROXY_CHECK_SCRIPT)).toMatch(/^haproxy-vrrp-check \S+\.sock$/m);
    expect(await outcomeOf(CHECK_SCRIPT)).toBe('succeeded');
  });

  it("runs a script of Octavia's agent, which calls haproxy-vrrp-check by its bare name", async () => {
    const left = `#!/bin/bash\nhaproxy-vrrp-check ${BASE}/${plugged.balancer.id}.sock; exit $?\n`;
    const foreign = `${BASE}/left_check.sh`;
    await writeFile(amphora.box.file(foreign), left, { mode: 0o755 });
    expect(await outcomeOf(foreign)).toBe('succeeded');
    await writeFile(amphora.box.file(foreign), left.replace('.sock', '.absent'), { mode: 0o755 });
    expect(await outcomeOf(foreign)).toBe('failed (exited with status 1)');
  });

  it('runs amphora-health-checker by the bare name that controllers write', async () => {
    const check = (port: number): string => `amphora-health-checker sctp -t 4 ${member(0)} ${port}`;
    expect(await outcomeOf(check(5000))).toBe('succeeded');
    expect(await outcomeOf(check(5001))).toBe('failed (exited with status 1)');
  });

  it('runs the checks of UDP and HTTP members', async () => {
    const listener = `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`;
    const text = lvsConfigText({ members: [] });
    expect(await plugged.ask('PUT', listener, { text })).toMatchObject({ status: 200 });
    const check = `${BASE}/lvs/check`;
    expect(await outcomeOf(`${check}/udp_check.sh ${member(0)} ${UDP_PORT}`)).toBe('succeeded');
    expect(await outcomeOf(`${check}/udp_check.sh ${member(0)} ${UDP_PORT + 1}`)).toBe(
      'failed (exited with status 1)',
    );
    expect(await outcomeOf(`${check}/http_check.sh ${member(0)} 80 HEAD / 1.1 200`)).toBe('succeeded');
    expect(await outcomeOf(`${check}/http_check.sh ${member(0)} 80 HEAD / 1.1 404`)).toBe(
      'failed (exited with status 1)',
    );
  });

  it('has the same PATH for UDP and SCTP listeners', async () => {
    expect(await plugged.ask('PUT', `/1.0/loadbalancer/${LVS.listener}/start`)).toMatchObject({
      status: 202,
    });
    const pid = (await amphora.readText(`${BASE}/lvs/octavia-keepalivedlvs-${LVS.listener}.pid`)).trim();
    const { stdout } = await amphora.exec(['cat', `/proc/${pid}/environ`]);
    expect(stdout.split('\0')).toContainEqual(expect.stringMatching(`^PATH=${BASE}/bin:.*/usr/sbin`));
  });
});

describe('haproxy', () => {
  it('pings members by ping-wrapper.sh', async () => {
    const { ask, balancer, world } = plugged;
    const [present] = balancer.members;
    const absent = { id: LVS.first, address: world.lab.networks.member.host(77), port: 80 };
    const members = present === undefined ? [] : [present, absent];
    const text = haproxyConfigText({ ...balancer, members })
      .replace('global\n', 'global\n    external-check\n    insecure-fork-wanted\n')
      .replace(/ {4}option httpchk\n(?: {4}http-check .*\n)+/, () => {
        const command = `    external-check command ${BASE}/ping-wrapper.sh\n`;
        return `    option external-check\n${command}`;
      });
    const upload = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
    expect(await ask('PUT', upload, { text })).toMatchObject({ status: 202 });
    expect(await ask('PUT', `/1.0/loadbalancer/${balancer.id}/reload`)).toMatchObject({ status: 202 });
    await world.healthManager.next(({ pools }) => {
      const states = pools?.[`${balancer.poolId}:${balancer.listenerId}`]?.members ?? {};
      return states[present?.id ?? ''] === 'UP' && states[absent.id] === 'DOWN';
    });
  });
});

describe('the report of a failed step of the sandbox', () => {
  it('shows what haproxy and keepalived printed last, then the log of the agent', async () => {
    await outcomeOf('/usr/bin/false');
    const report = await failureReport(new StepFailed('keepalived becomes master', 'no VIP'), amphora);
    const [reason, haproxy, keepalived, ...others] = report.split(/^(?=the last lines of )/m);
    expect(reason).toBe('\nstep "keepalived becomes master" failed: no VIP\n\n');
    expect(haproxy).toMatch(/^the last lines of haproxy-[0-9a-f-]{36}:\n./);
    expect(keepalived).toMatch(/^the last lines of octavia-keepalived:\n.*VRRP_Script/s);
    expect(others.at(-1)).toMatch(/^the last lines of the agent:\n.*"keepalived action done"/s);
  });

  it('contains only the reason before there is an amphora', async () => {
    expect(await failureReport(new Error('no namespaces'), undefined)).toBe(
      '\nthe sandbox failed: no namespaces\n',
    );
  });
});

describe('the directory of programs in a box of the sandbox', () => {
  it('has every command that an image has on PATH, and each command runs', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'sandbox-programs-'));
    await writePrograms({ file: (name) => path.join(directory, name) }, PROGRAMS);
    const programs = path.join(directory, PROGRAM_DIRECTORY);
    expect(await readdir(programs)).toEqual(AMPHORA_COMMANDS.toSorted());
    const run = (name: string, ...args: string[]): { code: number | null; said: string } => {
      const { status, stdout, stderr } = spawnSync(path.join(programs, name), args);
      return { code: status, said: `${stdout}${stderr}` };
    };
    expect(run('amphora-agent', '--help')).toMatchObject({
      code: 0,
      said: expect.stringContaining('amphora'),
    });
    expect(run('amphora-interface')).toMatchObject({ code: 1, said: expect.stringContaining('usage') });
    expect(run('haproxy-vrrp-check')).toEqual({ code: 0, said: '' });
    expect(run('amphora-health-checker')).toMatchObject({ code: 2, said: expect.stringContaining('usage') });
    expect(run('prometheus-proxy', '--help')).toMatchObject({
      code: 0,
      said: expect.stringContaining('9102'),
    });
    await rm(directory, { recursive: true });
  });
});
