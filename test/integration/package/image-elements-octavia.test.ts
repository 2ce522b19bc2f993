import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ELEMENTS = path.resolve(import.meta.dirname, '../../../image-elements');
/**
 * Elements of diskimage-builder that Octavia's diskimage-create.sh and Octavia's own elements name. Ours come first in
 * ELEMENTS_PATH, so one of ours by such a name would hide diskimage-builder's.
 */
const OF_DISKIMAGE_BUILDER = [
  ...['base', 'vm', 'bootloader', 'block-device-mbr', 'debian-minimal', 'ubuntu-minimal', 'centos-minimal'],
  ...['rocky-container', 'cloud-init', 'cloud-init-datasources', 'pip-cache', 'sysctl', 'dib-init-system'],
  ...[
    'install-static',
    'package-installs',
    'pkg-map',
    'svc-map',
    'source-repositories',
    'selinux-permissive',
  ],
];
const ARCHIVES = path.join(ELEMENTS, 'debian-amphora/environment.d/09-debian-archives.bash');
const PACKAGE = 'environment.d/20-amphora-agent-package.bash';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'elements-octavia-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** Reads a file of environment.d as diskimage-builder does before each of its phases, and prints a variable. */
function read(file: string, variable: string, environment: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-euc', `. ${file}; printenv ${variable}`],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...environment },
    },
  );
  return { status, stdout, stderr };
}

const archivesOf = (environment: Readonly<Record<string, string>>): string[] =>
  read(ARCHIVES, 'DIB_APT_SOURCES_CONF', environment).stdout.trim().split('\n');

describe('an image of Octavia’s diskimage-create.sh', () => {
  it('has the elements of diskimage-builder that Octavia’s elements name', () => {
    expect(readdirSync(ELEMENTS).filter((name) => OF_DISKIMAGE_BUILDER.includes(name))).toEqual([]);
  });

  it('has all that the base system debian-amphora depends on', () => {
    const needs = readFileSync(path.join(ELEMENTS, 'debian-amphora/element-deps'), 'utf8').trim().split('\n');
    const missing = needs.filter((name) => !existsSync(path.join(ELEMENTS, name)));
    expect(missing.filter((name) => !OF_DISKIMAGE_BUILDER.includes(name))).toEqual([]);
    expect(needs).toEqual(expect.arrayContaining(['debian-minimal', 'amphora-cloud-init']));
  });

  it('gets its packages from the security archive that Debian has', () => {
    expect(archivesOf({ DIB_RELEASE: 'trixie' })).toEqual([
      'default:deb http://deb.debian.org/debian trixie main',
      'updates:deb http://deb.debian.org/debian trixie-updates main',
      'security:deb http://deb.debian.org/debian-security trixie-security main',
    ]);
    expect(
      archivesOf({ DIB_DISTRIBUTION_MIRROR: 'http://a/debian', DIB_DEBIAN_SECURITY_MIRROR: 'http://b/s' }),
    ).toEqual([
      'default:deb http://a/debian bookworm main',
      'updates:deb http://a/debian bookworm-updates main',
      'security:deb http://b/s bookworm-security main',
    ]);
    expect(archivesOf({ DIB_APT_SOURCES_CONF: 'mine:deb http://c sid main' })).toEqual([
      'mine:deb http://c sid main',
    ]);
  });

  it('names these archives before diskimage-builder does', () => {
    expect(path.basename(ARCHIVES) < '10-debian-minimal.bash').toBe(true);
  });
});

describe('the element amphora-agent in a build', () => {
  let hooks: string;
  let file: string;

  beforeAll(() => {
    const tree = path.join(directory, 'package');
    mkdirSync(path.join(tree, 'DEBIAN'), { recursive: true });
    writeFileSync(
      path.join(tree, 'DEBIAN/control'),
      'Package: amphora-agent\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@y>\nDescription: x\n',
    );
    file = `${tree}.deb`;
    execFileSync('dpkg-deb', ['-Znone', '--build', tree, file]);
    hooks = path.join(directory, 'hooks');
    cpSync(path.join(ELEMENTS, 'amphora-agent'), hooks, { recursive: true });
  });

  it('checks the package before the build, and not inside the image, where its name leads nowhere', () => {
    const inside = path.join(hooks, PACKAGE);
    const variable = 'AMPHORA_AGENT_DEB';
    const refused = read(inside, variable, { AMPHORA_AGENT_DEB: '/of/the/builder.deb' });
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no file') });
    execFileSync('sh', [path.join(hooks, 'extra-data.d/20-amphora-agent-package')], {
      env: { ...process.env, AMPHORA_AGENT_DEB: file, TMP_HOOKS_PATH: hooks },
    });
    expect(read(inside, variable, { AMPHORA_AGENT_DEB: '/of/the/builder.deb' })).toEqual({
      status: 0,
      stdout: '/of/the/builder.deb\n',
      stderr: '',
    });
  });

  it('passes the public key of upgrades to the image', () => {
    const key = path.join(directory, 'upgrade.pem');
    execFileSync('sh', ['-c', `openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out ${key}`]);
    const check = path.join(hooks, 'environment.d/21-amphora-agent-upgrade-key.bash');
    const variable = 'AMPHORA_AGENT_UPGRADE_KEY';
    expect(read(check, variable, { [variable]: 'upgrade.pem' })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('upgrade.pem is not an absolute path'),
    });
    expect(read(check, variable, { [variable]: key }).status).toBe(0);
    execFileSync('sh', [path.join(hooks, 'extra-data.d/21-amphora-agent-upgrade-key')], {
      env: { ...process.env, [variable]: key, TMP_HOOKS_PATH: hooks },
    });
    expect(read(check, variable, { [variable]: '/of/the/builder.pem' }).status).toBe(0);
    execFileSync('sh', [path.join(hooks, 'install.d/76-amphora-agent-upgrade-key')]);
    expect(readFileSync('/etc/octavia/upgrade.pem')).toEqual(readFileSync(key));
  });

  it('has no library cloned that only the agent in Python needs', () => {
    const { stdout } = read(path.join(ELEMENTS, 'amphora-agent', PACKAGE), 'DIB_INSTALLTYPE_octavia_lib', {
      AMPHORA_AGENT_DEB: file,
    });
    expect(stdout).toBe('package\n');
  });
});
