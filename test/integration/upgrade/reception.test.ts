import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { PROGRAM_DIRECTORY } from '../../../sandbox/amphora/amphora-files.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { createAgentClient } from '../../../src/commands/ctl/agent-client.ts';
import { readBundle } from '../../../src/commands/ctl/fleet/bundle-file.ts';
import type { BundleManifest } from '../../../src/domain/upgrade/bundle-manifest.ts';
import { readOsRelease } from '../../../src/domain/upgrade/os-release.ts';
import { readCredentials } from '../../../src/host/agent/agent-target.ts';
import type { UpgradeRecord } from '../../../src/schemas/upgrade-record.ts';
import { pretendSystemd } from '../../peer/python-amphora.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { bundleSender } from '../../support/upgrade/bundle-sender.ts';
import { BUNDLE_KEYS, bundleOf, FOREIGN_KEYS, type PackageSample } from '../../support/upgrade/bundles.ts';
import { samplePackage } from '../../support/upgrade/sample-package.ts';

const KEY_FILE = '/etc/octavia/upgrade.pem';
const UPGRADE = '/var/lib/octavia/upgrade';
const STARTS = '/run/systemd-run.log';
const DAY_MS = 86_400_000;

const { world, amphora, must, ask } = useAmphoraLab({
  members: 0,
  async prepare({ box }) {
    await pretendSystemd(box);
    const systemdRun = path.join(box.file(PROGRAM_DIRECTORY), 'systemd-run');
    await writeFile(systemdRun, `#!/bin/sh\nprintf '%s\\n' "$*" >> ${STARTS}\n`);
    await chmod(systemdRun, 0o755);
    const publicKey = BUNDLE_KEYS.publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(box.file(KEY_FILE), publicKey);
  },
});

let machine: Pick<BundleManifest, 'distribution' | 'suite' | 'architecture'>;
let installedGzip: string;
let payload: PackageSample;

const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** Builds a package that installs one file. @param fields further lines of its control file */
async function packageOf(name: string, version: string, fields = ''): Promise<PackageSample> {
  const file = await samplePackage(world.directory, { name, version, fields });
  return { name, version, architecture: 'all', content: await readFile(file) };
}

const bundle = (
  samples: readonly PackageSample[],
  others: Partial<BundleManifest> = {},
  keys = BUNDLE_KEYS,
): Promise<Buffer> =>
  bundleOf(samples, { ...machine, created: inDays(-1), expires: inDays(1), ...others }, keys.privateKey);

const { begin, post } = bundleSender(world, amphora);

/** Returns every file outside of the directory of upgrades, but for the ones that the agent writes at any time. */
async function files(): Promise<string[]> {
  const { stdout } = await amphora.exec([
    ...(['find', '/var/lib', '/etc', '/usr/local', '/usr/lib/systemd', '-xdev', '-type', 'f'] as const),
    ...['-not', '-path', '/var/lib/octavia/audit/*', '-not', '-name', 'stats_counters.json'],
    ...['-printf', '%p %s %T@ %m\n'],
  ]);
  return stdout.split('\n').toSorted();
}

beforeAll(async () => {
  const release = readOsRelease(await readFile('/etc/os-release', 'utf8'));
  const { stdout: architecture } = await runProgram(['dpkg', '--print-architecture']);
  machine = { ...release, architecture: architecture.trim() };
  const argv = ['dpkg-query', '-W', '-f=${Version}', 'gzip'] as const;
  installedGzip = (await runProgram(argv)).stdout.trim();
  payload = await packageOf('amphora-test-payload', '1.0');
});

describe('POST /upgrade', () => {
  it('is off without a public key, and GET /upgrade says so', async () => {
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const ofController = `/var/lib/octavia/certs/${amphora.id}/key.pem`;
    await amphora.exec(['install', '-D', KEY_FILE, ofController]);
    for (const [file, reason] of [
      ['', 'upgrades are off: upgrade_public_key is empty'],
      ['/etc/octavia/none.pem', 'upgrades are off: /etc/octavia/none.pem does not exist'],
      [ofController, `upgrade_public_key: ${ofController} is in a directory of files that controllers send`],
    ] as const) {
      const text = config.replace('[amphora_agent]\n', `$&upgrade_public_key = ${file}\n`);
      await must('PUT', '/1.0/config', { text });
      expect(await post(await bundle([payload]))).toMatchObject({
        status: 501,
        body: { details: expect.stringContaining(reason) },
      });
      expect((await must('GET', '/upgrade')).json).toEqual({ enabled: false, upgrade: null });
    }
    await amphora.exec(['rm', '-r', path.dirname(ofController)]);
    expect((await must('GET', '/upgrade/history')).json).toEqual({ upgrades: [] });
    // as the configuration of Octavia's controllers, which knows no such option
    await must('PUT', '/1.0/config', { text: config });
    expect((await must('GET', '/upgrade')).json).toEqual({ enabled: true, upgrade: null });
  });

  describe('refuses, writes nothing outside of its directory and empties that', () => {
    const refused = async (body: Buffer, status: number, details: string | RegExp): Promise<void> => {
      const before = await files();
      for (const query of ['', '?dry_run=true']) {
        expect(await post(body, query)).toMatchObject({
          status,
          body: { details: expect.stringMatching(details) },
        });
      }
      expect(await files()).toEqual(before);
      expect((await amphora.exec(['find', UPGRADE])).stdout).toBe(`${UPGRADE}\n`);
    };

    it('what is no bundle, or not the whole one', async () => {
      await refused(Buffer.from('garbage'.repeat(1000)), 400, /^not a bundle of amphora-agent/);
      await refused(Buffer.alloc(0), 400, /empty/);
      const whole = await bundle([payload]);
      await refused(whole.subarray(0, whole.length - 1500), 400, /ends before its last package/);
      await refused(Buffer.concat([whole, Buffer.alloc(1)]), 400, /something follows/);
    });

    it('what nobody or a stranger has signed, what was changed and what has expired', async () => {
      await refused(await bundle([payload], {}, FOREIGN_KEYS), 400, /signature/);
      const changed = await bundle([payload]);
      const at = changed.indexOf(payload.content) + 100;
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refused(changed, 400, /sha256/);
      await refused(await bundle([payload], { expires: inDays(-0.5) }), 400, /expired/);
    });

    it('what is for another machine', async () => {
      await refused(await bundle([payload], { suite: 'sarge' }), 400, /the bundle is for debian sarge/);
    });

    it('what this amphora can not take', async () => {
      const older = await packageOf('gzip', '0.1');
      await refused(await bundle([older]), 409, /newer than 0\.1, and the bundle allows no downgrade/);
      const same = { ...(await packageOf('gzip', '0.2')), version: installedGzip };
      await refused(await bundle([same]), 409, /nothing to do/);
      await refused(await bundle([{ ...payload, from: '2' }]), 409, /only replaces version 2/);
      const needy = await packageOf('amphora-test-needy', '1', 'Depends: no-such-package (>= 3)\n');
      await refused(await bundle([needy]), 409, /Depends: no-such-package/);
      const rival = await packageOf('amphora-test-rival', '1', 'Breaks: tar\nConflicts: tar\n');
      await refused(await bundle([rival]), 409, /can't be installed here/);
    });
  });

  it('checks a bundle that ctl sends', async () => {
    const file = path.join(world.directory, 'sent.bundle');
    const files = { cert: world.pki.client, key: undefined, ca: world.pki.serverAuthority.certificate };
    const target = {
      kind: 'remote',
      host: amphora.address,
      port: amphora.port,
      amphora: amphora.id,
    } as const;
    const client = createAgentClient({ ...target, ...readCredentials(files) });
    const send = async (keys: typeof BUNDLE_KEYS): Promise<void> => {
      await writeFile(file, await bundle([payload], {}, keys));
      await client.upgrade((await readBundle(file, new Date())).body, true);
    };
    await send(BUNDLE_KEYS);
    await expect(send(FOREIGN_KEYS)).rejects.toThrow('400 Bundle refused: ');
    client.close();
  });

  it('refuses a body that is too large before it arrives', async () => {
    const { sent, answer } = await begin('', { 'Content-Length': `${514 * 1024 * 1024}` });
    sent.flushHeaders();
    expect(await answer).toMatchObject({ status: 413 });
    sent.destroy();
  });

  it('refuses a second bundle while one arrives, and forgets one whose client leaves', async () => {
    const body = await bundle([payload]);
    const { sent } = await begin('', { 'Content-Length': `${body.length}` });
    sent.on('error', () => undefined);
    sent.write(body.subarray(0, 4000));
    await expect
      .poll(async () => (await amphora.exec(['find', UPGRADE])).stdout)
      .toContain('staging/packages');
    expect(await post(body)).toMatchObject({
      status: 409,
      body: { details: expect.stringContaining('another bundle is being received') },
    });
    sent.destroy();
    await expect.poll(async () => (await amphora.exec(['find', UPGRADE])).stdout).toBe(`${UPGRADE}\n`);
    expect(await post(body, '?dry_run=true')).toMatchObject({
      status: 200,
      body: { packages: [{ name: 'amphora-test-payload', from: null, to: '1.0' }] },
    });
  });
});

describe('an accepted upgrade', () => {
  let record: UpgradeRecord;
  const audited = async (): Promise<unknown[]> => {
    const { stdout } = await amphora.exec(['sh', '-c', 'cat /var/lib/octavia/audit/*.jsonl']);
    const lines = stdout.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line)).filter((line) => line.upgrade !== undefined);
  };
  const end = async (result: 'succeeded' | 'failed', reason: string | null): Promise<void> => {
    const ended = { ...record, phase: 'probing', result, reason, ended_at: inDays(0) };
    const file = path.join(UPGRADE, 'current/upgrade.json');
    await writeFile(amphora.box.file(`${file}.new`), JSON.stringify(ended));
    await amphora.exec(['mv', `${file}.new`, file]);
    await writeFile(
      amphora.box.file(path.join(UPGRADE, 'history.json')),
      JSON.stringify({ upgrades: [ended] }),
    );
  };

  it('is on the disk without the packages that are installed, and its program runs in a unit of its own', async () => {
    const same = { ...(await packageOf('gzip', '0.2')), version: installedGzip };
    const answer = await post(await bundle([same, payload]));
    expect(answer).toMatchObject({
      status: 202,
      body: {
        enabled: true,
        upgrade: {
          ...{ phase: 'accepted', result: null },
          packages: [{ name: 'amphora-test-payload', from: null, to: '1.0' }],
          requested_by: { subject: expect.stringContaining('CN=') },
        },
      },
    });
    record = answer.body.upgrade;
    expect((await must('GET', '/upgrade')).json).toEqual(answer.body);
    const { stdout } = await amphora.exec(['find', UPGRADE, '-printf', '%P %m\n']);
    expect(stdout.split('\n').toSorted()).toEqual([
      ...['', ' 700', 'current 700', 'current/packages 700'],
      ...['current/packages/amphora-test-payload_1.0_all.deb 600', 'current/upgrade.json 600'],
    ]);
    const command = (await amphora.readText(STARTS)).trim();
    expect(command).toMatch(
      /^--unit=amphora-upgrade --collect --quiet -p Type=exec -p Restart=on-failure -p RestartSec=1s -p StartLimitIntervalSec=0 -p RestartPreventExitStatus=203 -- \/.* upgrade run --config-file \/etc\/octavia\/amphora-agent.conf$/,
    );
  });

  it('is the only one until its end, which the audit log gets once', async () => {
    expect(await post(await bundle([payload]))).toMatchObject({
      status: 409,
      body: { details: expect.stringContaining('is under way (accepted)') },
    });
    await end('succeeded', null);
    const unit = '/run/systemctl/amphora-upgrade.service';
    await writeFile(amphora.box.file(unit), '');
    for (const query of ['', '?dry_run=true']) {
      expect(await post(await bundle([payload]), query)).toMatchObject({
        status: 409,
        body: { details: expect.stringContaining('still removes its files') },
      });
    }
    await amphora.exec(['rm', unit]);
    await expect
      .poll(async () => (await audited()).at(-1))
      .toMatchObject({
        ...{ event: 'upgrade ended', upgrade: record.id, result: 'succeeded' },
      });
    expect((await must('GET', '/upgrade/history')).json).toMatchObject({ upgrades: [{ id: record.id }] });
    const before = (await audited()).length;
    await amphora.stopAgent();
    await amphora.startAgent();
    expect((await must('GET', '/status.json')).json).toMatchObject({
      upgrade: { id: record.id, result: 'succeeded' },
    });
    expect((await must('GET', '/status')).body).toContain(`upgrade ${record.id}: succeeded`);
    expect((await audited()).length).toBe(before);
  });

  it('that failed is a reason against readiness, and a metric', async () => {
    await end('failed', 'dpkg ended with 1');
    const { status, body } = await ask('GET', '/readyz');
    expect(status).toBe(503);
    expect(body).toContain(`upgrade ${record.id} failed`);
    expect((await must('GET', '/metrics')).body).toContain('amphora_agent_last_upgrade{result="failed"} 1');
  });

  it('that systemd does not start leaves nothing, and the last one stays', async () => {
    await writeFile(amphora.box.file(path.join(PROGRAM_DIRECTORY, 'systemd-run')), '#!/bin/sh\nexit 1\n');
    expect(await post(await bundle([payload]))).toMatchObject({ status: 500 });
    expect((await must('GET', '/upgrade')).json).toMatchObject({ upgrade: { result: 'failed' } });
    expect((await amphora.exec(['ls', UPGRADE])).stdout).toBe('audited\nhistory.json\n');
  });
});
