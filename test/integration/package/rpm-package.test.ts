import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Processor } from '../../../packaging/debian/debian-control.ts';
import { INSTALLED_FILES, INSTALLED_LINKS } from '../../../packaging/installation-tree.ts';
import { REPOSITORY } from '../../repository.ts';
import { documentedBlock } from '../../support/documented-block.ts';
import { createSigningKey } from '../../support/signing-key.ts';
import { buildTestRpm } from '../../support/test-package.ts';

const RPMLINT_CONFIG = path.join(REPOSITORY, 'packaging/rpm/rpmlint.toml');
/** e_machine of the ELF header (include/uapi/linux/elf-em.h), and where it is. */
const E_MACHINE = { x64: 62, arm64: 183 } as const;
const E_MACHINE_OFFSET = 18;
/** The tree of the Debian package has these, and the RPM hasn't. */
const ONLY_DEBIAN = [
  '/usr/share/doc/amphora-agent/changelog.gz',
  '/usr/share/doc/amphora-agent/copyright',
  '/usr/share/lintian/overrides/amphora-agent',
];
const ONLY_RPM = [
  '/usr/lib/amphora-agent/agent.js.cache',
  '/usr/lib/amphora-agent/purge',
  '/usr/lib/systemd/system-preset/80-amphora-agent.preset',
  '/usr/share/licenses/amphora-agent/LICENSE',
];

let directory: string;
let file: string;

const pack = (where: string, processor: Processor = 'x64'): Promise<string> =>
  buildTestRpm({ version: '1.2.3-rc.1', processor, directory: path.join(directory, where) });

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'rpm-package-'));
  file = await pack('first');
});

afterAll(() => rm(directory, { recursive: true }));

const query = (...argv: [string, ...string[]]): string[] =>
  execFileSync('rpm', ['-qp', ...argv, file])
    .toString()
    .trimEnd()
    .split('\n');

/** Unpacks a package without rpm's database. @returns the directory */
async function unpack(rpm: string, name: string): Promise<string> {
  const tree = path.join(directory, name);
  await mkdir(tree);
  const archive = execFileSync('rpm2cpio', [rpm], { maxBuffer: 2 ** 28 });
  execFileSync('cpio', ['--extract', '--make-directories', '--quiet'], { cwd: tree, input: archive });
  return tree;
}

async function machineOf(node: string): Promise<number> {
  const handle = await open(node);
  const { buffer } = await handle.read(Buffer.alloc(64), 0, 64, 0);
  await handle.close();
  return buffer.readUInt16LE(E_MACHINE_OFFSET);
}

describe('the RPM', () => {
  it('is the same, byte for byte, when it is built again', async () => {
    expect((await readFile(await pack('second'))).equals(await readFile(file))).toBe(true);
  });

  it('has its processor and its version in its name, a version of npm before the release that it leads to', () => {
    expect(path.basename(file)).toBe('amphora-agent-1.2.3~rc.1-1.x86_64.rpm');
    expect(query('--queryformat', '%{ARCH} %{OS} %{VERSION}-%{RELEASE}')).toEqual([
      'x86_64 linux 1.2.3~rc.1-1',
    ]);
  });

  it('has the files of the Debian package, but for what only one of the two reads', () => {
    const deb = [...INSTALLED_FILES.map(({ to }) => `/${to}`), ...INSTALLED_LINKS.map(({ at }) => `/${at}`)];
    const expected = [...deb.filter((name) => !ONLY_DEBIAN.includes(name)), ...ONLY_RPM].sort();
    const lines = query(
      '--queryformat',
      '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]',
    );
    const names = lines.filter((line) => !line.startsWith('d')).map((line) => line.split(' ')[3]);
    expect(names.sort()).toEqual(expected);
    expect(lines.filter((line) => !line.includes(' root root '))).toEqual([]);
  });

  it('gives its own directories to rpm, which removes them with the package, and no directory of others', () => {
    const lines = query('--queryformat', '[%{FILEMODES:perms} %{FILENAMES}\n]');
    const directories = lines.filter((line) => line.startsWith('d')).map((line) => line.split(' ')[1]);
    expect(directories).toEqual([
      '/usr/lib/amphora-agent',
      '/usr/lib/amphora-agent/bin',
      '/usr/lib/systemd/system/logrotate.service.d',
      '/usr/lib/systemd/system/logrotate.timer.d',
      '/usr/share/doc/amphora-agent',
      '/usr/share/licenses/amphora-agent',
    ]);
  });

  it('keeps what an administrator changed in its settings', () => {
    const flags = query('--queryformat', '[%{FILEFLAGS:fflags} %{FILENAMES}\n]');
    const settings = flags.filter((line) => line.includes(' /etc/'));
    expect(settings).toEqual([
      'cn /etc/logrotate-amphora.conf',
      'cn /etc/rsyslog.d/05-amphora-agent.conf',
      'cn /etc/rsyslog.d/49-amphora-socket.conf',
    ]);
  });

  it('requires what the agent calls, by the names of EL 10, and conflicts with the package of the other agent', () => {
    const requirements = query('--requires');
    for (const name of [
      'haproxy',
      'keepalived',
      'iproute',
      'nftables',
      'iputils',
      'systemd',
      'perl(Socket)',
    ]) {
      expect(requirements).toContain(name);
    }
    expect(requirements).toContain('(dhcpcd or dhcp-client)');
    expect(query('--recommends')).toEqual(['ipvsadm', 'logrotate', 'rsyslog']);
    expect(query('--suggests')).toEqual(['tcpdump']);
    expect(query('--conflicts')).toEqual(['openstack-octavia-amphora-agent']);
  });

  it('says what is inside: the licences of all parts, and each part', () => {
    expect(query('--queryformat', '%{LICENSE}')[0]).toMatch(/^Apache-2\.0 AND .*\bMIT\b/);
    const provided = query('--provides');
    expect(provided).toContainEqual(expect.stringMatching(/^bundled\(nodejs\) = 24\./));
    expect(provided).toContainEqual(expect.stringMatching(/^bundled\(npm\(express\)\) = 5\./));
  });

  it('has a manual page for every command', () => {
    const names = query('--list');
    const commands = names.flatMap((name) => /^\/usr\/bin\/(.*)$/.exec(name)?.[1] ?? []);
    expect(commands).not.toEqual([]);
    for (const command of commands) expect(names).toContain(`/usr/share/man/man8/${command}.8.gz`);
  });

  it('has a changelog by the maintainer of package.json, with the version', () => {
    const { author } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    const [line] = query('--changelog');
    expect(line).toBe(`* Tue Nov 14 2023 ${author.name} <${author.email}> - 1.2.3~rc.1-1`);
  });

  it('has scriptlets that a POSIX shell reads, without a placeholder', () => {
    for (const tag of ['PREIN', 'POSTIN', 'PREUN', 'POSTUN']) {
      expect(query('--queryformat', `%{${tag}PROG}`), tag).toEqual(['/bin/sh']);
      const text = query('--queryformat', `%{${tag}}`).join('\n');
      expect(text, tag).not.toMatch(/@[A-Z_]+@|#include|%%/);
      const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
      expect({ status, stderr }, tag).toEqual({ status: 0, stderr: '' });
    }
  });

  it('has a Node for its processor, and unpacks to a program that runs', async () => {
    const tree = await unpack(file, 'tree');
    const installed = path.join(tree, 'usr/lib/amphora-agent');
    expect(await machineOf(path.join(installed, 'node'))).toBe(E_MACHINE.x64);
    execFileSync('sh', ['-n', path.join(installed, 'purge')]);
    if (process.arch !== 'x64') return;
    const argv = ['--lite-mode', path.join(installed, 'amphora-agent.cjs'), '--version'];
    expect(execFileSync(path.join(installed, 'node'), argv).toString()).toContain('1.2.3-rc.1');
  });

  it('is made for the other processor too', async () => {
    const other = await pack('arm64', 'arm64');
    expect(path.basename(other)).toBe('amphora-agent-1.2.3~rc.1-1.aarch64.rpm');
    const tree = await unpack(other, 'tree-arm64');
    expect(await machineOf(path.join(tree, 'usr/lib/amphora-agent/node'))).toBe(E_MACHINE.arm64);
  });

  it('is signed as docs/repository.md says, and then refused when it was changed', async () => {
    const dist = path.join(directory, 'dist');
    await mkdir(dist);
    const signed = path.join(dist, path.basename(file));
    await copyFile(file, signed);
    const key = await createSigningKey('cloud@operator.example');
    const block = documentedBlock('repository.md', 'test/integration/package/rpm-package.test.ts');
    try {
      const env = { ...process.env, ...key.environment };
      execFileSync('sh', ['-euc', block], { cwd: directory, env, stdio: 'pipe' });
    } finally {
      await key.remove();
    }
    const rpmkeys = (...words: string[]) =>
      spawnSync('rpmkeys', ['--dbpath', path.join(directory, 'keys'), ...words], { encoding: 'utf8' });
    expect(rpmkeys('--import', path.join(dist, 'RPM-GPG-KEY-amphora-agent')).status).toBe(0);
    expect(rpmkeys('--checksig', signed)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/digests signatures OK/),
    });
    expect(rpmkeys('--checksig', file).stdout).not.toContain('signatures');
    const content = await readFile(signed);
    await writeFile(signed, Buffer.concat([content.subarray(0, -1), Buffer.from('x')]));
    expect(rpmkeys('--checksig', signed).status).toBe(1);
  });

  it('has neither errors nor warnings for rpmlint', () => {
    const argv = ['--config', RPMLINT_CONFIG, file];
    const { status, stdout } = spawnSync('rpmlint', argv, { encoding: 'utf8' });
    expect(stdout).toMatch(/0 errors, 0 warnings/);
    expect(status).toBe(0);
  });
});

describe('an architecture that there is no Node for', () => {
  it('is refused with one line that has the choices of both distributions', () => {
    const argv = [path.join(REPOSITORY, 'packaging/main.ts'), 'rpm', '--architecture', 'ppc64le'];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^[^\n]*ppc64le[^\n]*x86_64, aarch64, amd64, arm64\.?\n$/);
  });
});
