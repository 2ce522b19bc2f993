import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRepository } from '../../../packaging/debian/debian-repository.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { buildTestDeb } from '../../support/test-package.ts';

let directory: string;
let file: string;

const pack = (where: string): Promise<string> =>
  buildTestDeb({ version: '1.2.3', processor: 'x64', directory: path.join(directory, where) });

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'debian-package-'));
  file = await pack('first');
});

afterAll(() => rm(directory, { recursive: true }));

/** Tags of lintian that only packages of tests have: these are not compressed, which is faster. */
const OF_TESTS = 'uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball';

const told = (...argv: [string, ...string[]]): string => execFileSync('dpkg-deb', [...argv]).toString();

describe('the Debian package', () => {
  it('is the same, byte for byte, when it is built again', async () => {
    expect((await readFile(await pack('second'))).equals(await readFile(file))).toBe(true);
  });

  it('has the commands, the units and the list of components, all of root', () => {
    const lines = told('--contents', file).trim().split('\n');
    const names = lines.map((line) => line.split(/\s+/)[5]);
    expect(names).toEqual(
      expect.arrayContaining([
        './usr/bin/amphora-agent',
        './usr/bin/amphora-interface',
        './usr/lib/systemd/system/amphora-agent.service',
        './usr/share/bash-completion/completions/amphora-agent',
        './usr/lib/systemd/system/amphora-netns.service',
        './usr/share/doc/amphora-agent/sbom.cdx.json',
      ]),
    );
    expect(lines.filter((line) => !line.includes(' root/root '))).toEqual([]);
  });

  it('has a manual page for every command, which man reads without a warning', ({ skip }) => {
    const tree = path.join(directory, 'tree');
    execFileSync('dpkg-deb', ['--extract', file, tree]);
    const commands = readdirSync(path.join(tree, 'usr/bin'));
    const pages = readdirSync(path.join(tree, 'usr/share/man/man8'));
    expect(pages.sort()).toEqual(commands.map((command) => `${command}.8.gz`).sort());
    const texts = pages.map((page) =>
      gunzipSync(readFileSync(path.join(tree, 'usr/share/man/man8', page))).toString(),
    );
    const text = texts.find((page) => page.startsWith('.TH AMPHORA\\-AGENT ')) ?? '';
    expect(text).toMatch(/^amphora\\-agent \\- the daemon inside an Octavia amphora$/m);
    expect(text).toContain('check\\-config');
    if (spawnSync('groff', ['--version']).error !== undefined) skip('groff is not installed');
    for (const input of texts) {
      const { stderr } = spawnSync('groff', ['-man', '-Tascii', '-ww'], { input, encoding: 'utf8' });
      expect(stderr).toBe('');
    }
  });

  it('has maintainer scripts that a POSIX shell accepts', () => {
    const control = path.join(directory, 'control');
    execFileSync('dpkg-deb', ['--control', file, control]);
    for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) {
      const text = readFileSync(path.join(control, script), 'utf8');
      expect(text, script).not.toMatch(/@[A-Z_]+@/);
      execFileSync('sh', ['-n', path.join(control, script)]);
    }
  });

  it('has neither errors nor warnings for lintian', ({ skip }) => {
    if (spawnSync('lintian', ['--version']).error !== undefined) skip('lintian is not installed');
    const argv = ['--allow-root', '--fail-on=error,warning', `--suppress-tags=${OF_TESTS}`, file];
    const { status, stdout } = spawnSync('lintian', argv, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it('is found by apt in the directory where it was built', async () => {
    const repository = path.dirname(file);
    await writeRepository(createCommandRunner(), repository, 1_700_000_000);
    const state = path.join(directory, 'apt');
    for (const name of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(path.join(state, name), { recursive: true });
    writeFileSync(path.join(state, 'sources.list'), `deb [trusted=yes] file:${repository} ./\n`);
    writeFileSync(path.join(state, 'status'), '');
    const options = [
      ...[`Dir::State=${state}`, `Dir::State::lists=${state}/lists`, `Dir::State::status=${state}/status`],
      ...[
        `Dir::Cache=${state}/cache`,
        `Dir::Etc::sourcelist=${state}/sources.list`,
        'Dir::Etc::sourceparts=-',
      ],
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    execFileSync('apt-get', [...options, 'update'], { stdio: 'pipe' });
    const policy = execFileSync('apt-cache', [...options, 'policy', 'amphora-agent']).toString();
    expect(policy).toMatch(/Candidate: 1\.2\.3/);
  });

  it('depends on the packages of the programs that the agent runs', () => {
    expect(told('--field', file, 'Depends')).toMatch(/haproxy.*keepalived.*iproute2.*nftables/);
    expect(told('--field', file, 'Version').trim()).toBe('1.2.3');
  });
});
