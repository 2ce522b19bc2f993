import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { type AgentClient, createAgentClient } from '../../../src/commands/ctl/agent-client.ts';
import { fleetOf } from '../../../src/commands/ctl/fleet/fleet.ts';
import { createProgress } from '../../../src/commands/ctl/fleet/progress.ts';
import { rollOut } from '../../../src/commands/ctl/fleet/rollout.ts';
import { fleetStatus } from '../../../src/commands/ctl/fleet/views.ts';
import { AgentRefused } from '../../../src/commands/ctl/refusals.ts';
import { AgentUnreachable } from '../../../src/host/agent/agent-errors.ts';
import { readCredentials } from '../../../src/host/agent/agent-target.ts';
import { unpacked } from '../../support/amphora/downloads.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { writeFleetBundle } from '../../support/fleet/fleet-bundle.ts';
import { md5 } from '../../support/md5.ts';

const AUDIT_FILE = '/var/lib/octavia/audit/audit-000001.jsonl';
const MIB = 1024 * 1024;
const ESCAPE = '\u001b';
const OTHER_ID = '00000000-0000-4000-8000-000000000000';

const { world, amphora, ask, must, balancer } = usePluggedAmphora();
let text: string;
let foreign: { readonly client: string; readonly authority: string };

beforeAll(async () => {
  text = haproxyConfigText(balancer);
  for (const retries of [4, 3]) await run(text.replace('retries 3', `retries ${retries}`));
  const { directory } = world.pki;
  const authority = await createAuthority(directory, 'foreign-ca');
  const request = { name: 'foreign', commonName: 'foreign', purpose: 'client' } as const;
  foreign = {
    client: await issueCertificate(authority, directory, request),
    authority: authority.certificate,
  };
});

async function run(config: string): Promise<void> {
  await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: config });
  await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
}

const stored = async (): Promise<string> =>
  (await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`)).body;
const firstMember = (): string => balancer.members[0]?.id ?? '';

/** Runs `amphora-agent` inside the amphora. */
const agentCommand = (...words: readonly string[]) =>
  amphora.exec(['amphora-agent', '--config-file', AGENT_CONFIG_FILE, ...words], { okCodes: [0, 1, 2, 3] });
const ctl = (...words: readonly string[]) => agentCommand('ctl', ...words);

interface Remote {
  readonly id?: string | undefined;
  readonly cert?: string;
  readonly ca?: string;
}

const remoteClient = ({ id, cert = world.pki.client, ca = world.pki.serverAuthority.certificate }: Remote) =>
  createAgentClient({
    ...{ kind: 'remote', host: amphora.address, port: amphora.port, amphora: id },
    ...readCredentials({ cert, key: undefined, ca }),
  });

async function withClient<Result>(
  remote: Remote,
  use: (client: AgentClient) => Promise<Result>,
): Promise<Result> {
  const client = remoteClient(remote);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const lastAuditLine = async () =>
  JSON.parse((await amphora.readText(AUDIT_FILE)).trimEnd().split('\n').at(-1) ?? '');

describe('ctl on the amphora itself', () => {
  it('shows the amphora, with an exit code that says whether it is ready', async () => {
    const { exitCode, stdout } = await ctl('status', '--json');
    const { amphora: id, ready, load_balancers: balancers } = JSON.parse(stdout);
    expect({ exitCode, id, balancer: balancers[0].id }).toEqual({
      exitCode: ready ? 0 : 1,
      id: amphora.id,
      balancer: balancer.id,
    });
    const shown = await ctl('status');
    expect(shown.stdout).toContain(`amphora ${amphora.id}`);
    expect(shown.stdout).toMatch(new RegExp(`│ ${balancer.id} │ serves `));
  });

  it('shows members, history and the traffic as tables', async () => {
    const [member] = balancer.members;
    expect((await ctl('members')).stdout).toContain(`│ ${member?.id} │ ${member?.address}:${member?.port} │`);
    expect(await ctl('members', OTHER_ID)).toMatchObject({ exitCode: 1 });
    const { stdout } = await ctl('history', balancer.id);
    expect(stdout).toMatch(new RegExp(`│ 1 │ \\S+ │ ${md5(text)} │ ${balancer.listenerId} │ runs`));
    const top = await ctl('top');
    expect(top.stdout).toContain(`${balancer.listenerId}  OPEN`);
    expect(top.stdout).not.toContain(ESCAPE);
  });

  it.each([
    ['q', 'while printf q; do sleep 0.2; done', ''],
    // the shell becomes `top`, so its process id is that of `top`
    ['SIGTERM', 'true', '(until stty -F /dev/tty -a | grep -q -e -icanon; do sleep 0.1; done; kill $$) &'],
  ])('gives the terminal back at %s', async (_, input, ending) => {
    const top = `amphora-agent --config-file ${AGENT_CONFIG_FILE} ctl top --interval 0.1`;
    await amphora.exec(['tee', '/tmp/top.sh'], { input: `${ending}\nexec ${top}\n` });
    const line = `(${input}) | script -qec 'sh /tmp/top.sh; echo code $?; stty -a' /dev/null`;
    const { stdout } = await amphora.exec(['sh', '-c', line]);
    const [, shown = ''] = stdout.split(`${ESCAPE}[?1049h${ESCAPE}[?25l`);
    const [frames = '', after = ''] = shown.split(`${ESCAPE}[?25h${ESCAPE}[?1049l`);
    expect(frames).toContain(`amphora ${amphora.id}`);
    expect(after).toMatch(/code 0[\s\S]* icanon /);
  });

  it('stores the diagnostics archive when it is complete, or pipes it', async () => {
    expect((await ctl('diagnostics', '-o', '/tmp/d.tar.gz')).stdout).toBe('/tmp/d.tar.gz\n');
    const files = await unpacked(await readFile(amphora.box.file('/tmp/d.tar.gz')));
    expect(files.has('manifest.json')).toBe(true);
    expect((await stat(amphora.box.file('/tmp/d.tar.gz'))).mode & 0o777).toBe(0o600);
    expect(await ctl('diagnostics', '-o', '/nowhere/d')).toMatchObject({ exitCode: 1 });
  });

  it('shows drift, repairs it, and captures packets', async () => {
    const { exitCode, stdout } = await ctl('drift', '--json');
    expect({ exitCode, mode: JSON.parse(stdout).mode }).toEqual({ exitCode: 0, mode: 'report' });
    expect(await ctl('drift', '--repair')).toMatchObject({ exitCode: 0 });
    await ctl('capture', '-i', 'lo', '--seconds', '1', '-o', '/tmp/lo.pcap');
    const magic = (await readFile(amphora.box.file('/tmp/lo.pcap'))).readUInt32LE();
    expect(magic).toBe(0xa1b2c3d4);
    expect(await ctl('capture', '-i', 'eth99', '-o', '/tmp/none.pcap')).toMatchObject({ exitCode: 1 });
  });

  it('ends with 3 while the agent is down, and the command rollback works and leaves its line in the audit log', async () => {
    await amphora.stopAgent();
    expect(await ctl('status')).toMatchObject({ exitCode: 3 });
    await expect(withClient({}, (client) => client.status())).rejects.toThrow(AgentUnreachable);
    expect((await agentCommand('rollback', balancer.id)).stdout).toMatch(/^rolled back to /);
    const line = await lastAuditLine();
    expect(line).toMatchObject({
      client: { subject: 'root on the amphora' },
      path: `/loadbalancer/${balancer.id}/rollback`,
      change: { added: 1, removed: 1 },
      status: 200,
    });
    await amphora.startAgent();
    expect((await agentCommand('rollback', balancer.id)).stdout).toBe(`rolled back to ${md5(text)}\n`);
    await expect.poll(lastAuditLine).toMatchObject({
      number: line.number + 1,
      client: { subject: 'root on the amphora' },
      path: `/loadbalancer/${balancer.id}/rollback`,
    });
    expect((await agentCommand('audit', 'verify')).exitCode).toBe(0);
  });
});

describe('ctl on another machine', () => {
  it('rolls back and forth, and the audit log has each change', async () => {
    await withClient({ id: amphora.id }, async (client) => {
      const before = md5(await stored());
      const { md5: earlier } = (await client.history(balancer.id)).known.configurations[1] ?? { md5: '' };
      expect((await client.rollback(balancer.id)).known).toEqual({ md5: earlier, runs: true });
      expect(md5(await stored())).toBe(earlier);
      expect((await client.rollback(balancer.id, before)).known.md5).toBe(before);
      await expect(client.rollback(balancer.id, '9')).rejects.toThrow('The history has no configuration 9');
      await expect(client.rollback(balancer.id, 'x')).rejects.toThrow('to: must be a number');
      await expect(client.rollback(OTHER_ID)).rejects.toThrow('No loadbalancer with UUID');
      await expect
        .poll(lastAuditLine)
        .toMatchObject({ client: { subject: 'CN=sandbox-controller' }, status: 404 });
    });
  });

  it('has the counters of errors of the worker, and the interval of heartbeats', async () => {
    await withClient({}, async (client) => {
      expect((await client.statistics()).known.load_balancers[0]).toMatchObject({
        worker: expect.any(Number),
        listeners: [{ responses_5xx: expect.any(Number), connection_errors: expect.any(Number) }],
      });
      expect((await client.status()).whole).toMatchObject({ heartbeats: { interval_seconds: 1 } });
    });
  });

  it('does not reload haproxy for a rollback that changes only members', async () => {
    const heavy = text.replaceAll(' weight 1 ', ' weight 9 ');
    await run(heavy);
    const before = (await ask('GET', '/status.json')).json as { reloads: { needed: object } };
    await withClient({}, (client) => client.rollback(balancer.id));
    const after = (await ask('GET', '/status.json')).json as { reloads: { needed: object } };
    expect(after.reloads.needed).toEqual(before.reloads.needed);
    expect(await stored()).toBe(text);
  });

  it('drains a member and brings it back, and reloads', async () => {
    const [id, member] = [balancer.id, firstMember()];
    const remote = [
      ...['--host', amphora.address, '--port', `${amphora.port}`, '--cert', '/tmp/client.pem'],
      ...['--cacert', '/tmp/ca.pem', '--amphora', amphora.id],
    ];
    for (const [from, to] of [
      [world.pki.client, '/tmp/client.pem'],
      [world.pki.serverAuthority.certificate, '/tmp/ca.pem'],
    ] as const)
      await amphora.exec(['tee', to], { input: await readFile(from, 'utf8') });
    const drained = await ctl('drain', id, member, '--timeout', '5', '--wait', '--json', ...remote);
    expect(drained.exitCode).toBe(0);
    expect(JSON.parse(drained.stdout)).toMatchObject({ state: 'drained', sessions: 0 });
    await withClient({}, async (client) => {
      expect((await client.drain(id, member)).known.state).toBe('drained');
      expect((await client.cancelDrain(id, member)).known.state).toBe('enabled');
      await expect(client.drain(id, OTHER_ID)).rejects.toThrow('No member with UUID');
    });
    expect(await ctl('reload', id, ...remote)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['that is off, which no part of the bundle changes', 32, 'upgrades are off'],
    ['of a bundle that is too large', 600, '413 '],
  ])(
    'reads the refusal of an upgrade %s, although the agent did not read the bundle',
    async (_, mib, reason) => {
      const part = Buffer.alloc(MIB);
      for (let round = 0; round < 5; round += 1) {
        const body = {
          ...{ bytes: mib * MIB, type: 'application/octet-stream' },
          open: () => Readable.from(Array.from({ length: mib }, () => part)),
        };
        await withClient({ id: amphora.id }, async (client) => {
          const refused = await client.upgrade(body, false).catch((error: unknown) => error);
          expect(refused).toBeInstanceOf(AgentRefused);
          expect(`${refused}`).toContain(reason);
          expect((await client.lastUpgrade()).known.upgrade).toBeNull();
        });
      }
    },
  );

  it('takes the agent as one of a fleet', async () => {
    const directory = world.pki.directory;
    const [hosts, bundle] = [path.join(directory, 'hosts'), path.join(directory, 'fix.bundle')];
    await writeFile(hosts, `${amphora.address} ${amphora.id}\n`);
    await writeFleetBundle(bundle, MIB);
    const files = { cert: world.pki.client, cacert: world.pki.serverAuthority.certificate };
    const fleet = await fleetOf({ hosts, parallel: 2, port: `${amphora.port}`, ...files });
    const { signal } = new AbortController();
    const run = { fleet, json: true, progress: createProgress(process.stderr, true), signal };
    const { amphorae } = JSON.parse((await fleetStatus(run)).output);
    expect(amphorae[0].facts).toMatchObject({ load_balancers: [balancer.id], vips: expect.any(Array) });
    const times = { pollMs: 10, settleMs: 0, upgradeMs: 1000, beginMs: 10, removalMs: 200, silentMs: 1000 };
    const turns = { canary: 1, batch: '1', stopOn: 1, accepted: [] };
    const options = { bundle, ...turns, isTrial: true, state: undefined, times };
    const { amphorae: tried } = JSON.parse((await rollOut(run, options)).output);
    // another test decides whether the amphora is ready
    expect(tried[0].reason).toMatch(/upgrades are off|it is not ready/);
  });

  it('talks only to an agent whose certificate the authority has signed, and that has the wanted id', async () => {
    const status = (remote: Remote) =>
      withClient(remote, async (client) => (await client.status()).known.amphora);
    expect(await status({})).toBe(amphora.id);
    expect(await status({ id: amphora.id.toUpperCase() })).toBe(amphora.id);
    await expect(status({ id: OTHER_ID })).rejects.toThrow(`that of amphora ${amphora.id}, not ${OTHER_ID}`);
    await expect(status({ ca: foreign.authority })).rejects.toThrow('--cacert has not signed');
    await expect(status({ cert: foreign.client })).rejects.toThrow(AgentUnreachable);
    await expect(status({ cert: foreign.client })).rejects.toThrow('--cert');
  });
});
