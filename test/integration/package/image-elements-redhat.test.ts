import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ELEMENTS = path.resolve(import.meta.dirname, '../../../image-elements');
const ELEMENT = path.join(ELEMENTS, 'amphora-agent');

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'elements-redhat-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** A package without content. */
function rpmOf(name: string, architecture: string): string {
  const work = path.join(directory, `${name}-${architecture}`);
  mkdirSync(work, { recursive: true });
  const spec = path.join(work, 'a.spec');
  writeFileSync(
    spec,
    `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\n%description\nx\n%files\n`,
  );
  const defines = [`_topdir ${work}`, `_dbpath ${work}/db`].flatMap((define) => ['--define', define]);
  execFileSync('rpmbuild', ['-bb', '--quiet', '--target', `${architecture}-linux`, ...defines, spec]);
  return path.join(work, 'RPMS', architecture, `${name}-1-1.${architecture}.rpm`);
}

/** Reads the element's environment as disk-image-create does before it builds anything. */
function check(environment: Readonly<Record<string, string>>) {
  const file = path.join(ELEMENT, 'environment.d/20-amphora-agent-package.bash');
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euc', `. ${file}; echo go on`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  return { status, stdout, stderr };
}

describe('the element amphora-agent for CentOS Stream and Rocky', () => {
  it.each([
    ['that is not named', () => '', /^AMPHORA_AGENT_RPM: it is not set.*package:rpm/],
    ['that is not there', () => '/nowhere.rpm', /there is no file \/nowhere\.rpm/],
    ['that is no package', () => '/etc/passwd', /\/etc\/passwd is no RPM of amphora-agent/],
    ['of something else', () => rpmOf('amphora', 'aarch64'), /is no RPM of amphora-agent/],
    [
      'for another processor',
      () => rpmOf('amphora-agent', 'x86_64'),
      /is for amd64, and the image for arm64/,
    ],
  ])('refuses a package %s', (_what, file, reason) => {
    const { status, stdout, stderr } = check({
      DISTRO_NAME: 'centos',
      ARCH: 'arm64',
      AMPHORA_AGENT_RPM: file(),
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/^[^\n]*\n$/);
  });

  it.each(['centos', 'rocky', 'almalinux', 'rhel', 'fedora'])('takes an RPM for %s', (distribution) => {
    for (const [architecture, names] of [
      ['x86_64', ['amd64', 'x86_64']],
      ['aarch64', ['arm64', 'aarch64']],
    ] as const) {
      const AMPHORA_AGENT_RPM = rpmOf('amphora-agent', architecture);
      for (const ARCH of names) {
        const environment = { DISTRO_NAME: distribution, ARCH, AMPHORA_AGENT_RPM };
        expect(check(environment), ARCH).toEqual({ status: 0, stdout: 'go on\n', stderr: '' });
      }
    }
  });

  it('asks Debian and Ubuntu for a Debian package as before', () => {
    for (const environment of [{}, { DISTRO_NAME: 'debian' }, { DISTRO_NAME: 'ubuntu' }]) {
      expect(check(environment).stderr).toMatch(/^AMPHORA_AGENT_DEB: it is not set.*package:deb/);
    }
  });

  it('hands the RPM to the image, where dnf installs it without weak dependencies', () => {
    const hooks = path.join(directory, 'hooks');
    const programs = path.join(directory, 'programs');
    for (const name of [path.join(hooks, 'install.d'), programs]) mkdirSync(name, { recursive: true });
    const env = { ...process.env, DISTRO_NAME: 'rocky', TMP_HOOKS_PATH: hooks };
    const rpm = rpmOf('amphora-agent', 'x86_64');
    execFileSync('sh', [path.join(ELEMENT, 'extra-data.d/20-amphora-agent-package')], {
      env: { ...env, AMPHORA_AGENT_RPM: rpm },
    });
    // there is no dnf on Debian
    writeFileSync(path.join(programs, 'dnf'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const script = path.join(hooks, 'install.d/75-amphora-agent-package');
    copyFileSync(path.join(ELEMENT, 'install.d/75-amphora-agent-package'), script);
    const output = execFileSync(script, { env: { ...env, PATH: `${programs}:${process.env['PATH']}` } });
    const [verb, ...words] = output.toString().trim().split('\n').slice(1);
    expect([verb, words[0]]).toEqual(['install', '--setopt=install_weak_deps=False']);
    expect(path.resolve(words[1] ?? '')).toBe(path.join(hooks, 'amphora-agent.rpm'));
    expect(words.slice(2)).toEqual(['rsyslog', 'logrotate']);
    expect(readFileSync(path.join(hooks, 'amphora-agent.rpm')).equals(readFileSync(rpm))).toBe(true);
  });
});

/** https://docs.openstack.org/diskimage-builder/latest/elements/pkg-map */
const names = z.record(z.string(), z.string().min(1));
const packageMap = z.strictObject({
  family: z.strictObject({ redhat: names }),
  distro: z.strictObject({ rocky: names }),
  default: names,
});

describe('the elements that may be used with CentOS Stream and Rocky', () => {
  const elements = readdirSync(ELEMENTS).filter((name) => existsSync(path.join(ELEMENTS, name, 'pkg-map')));

  it('are those that have names in common with elements of Octavia, and more', () => {
    expect(elements).toEqual(
      expect.arrayContaining(['haproxy-octavia', 'ipvsadmin', 'keepalived-octavia', 'rebind-sshd']),
    );
  });

  it.each(elements)('%s names each of its packages there', (element) => {
    const file = (name: string): string => readFileSync(path.join(ELEMENTS, element, name), 'utf8');
    const map = packageMap.parse(JSON.parse(file('pkg-map')));
    const packages = [...file('package-installs.yaml').matchAll(/^([\w-]+):/gm)].map(([, name]) => name);
    expect(Object.keys(map.family.redhat).sort()).toEqual(packages.sort());
    // older releases of diskimage-builder don't know that Rocky is of this family
    expect(map.distro.rocky).toEqual(map.family.redhat);
    expect(map.default).toEqual(Object.fromEntries(packages.map((name) => [name, name])));
    expect(file('element-deps').split('\n')).toContain('pkg-map');
  });

  it('are not built by build.sh, which says what builds them', () => {
    for (const distribution of ['centos', 'centos-minimal', 'rocky']) {
      const argv = ['-i', distribution];
      const { status, stdout, stderr } = spawnSync(path.join(ELEMENTS, 'build.sh'), argv, {
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/diskimage-create\.sh with element amphora-agent/);
    }
  });
});

describe('the element rebind-sshd', () => {
  it.each([
    ['ssh', 'debian'],
    ['sshd', 'centos'],
  ])('binds the units %s of %s to the management interface', (unit) => {
    const programs = path.join(directory, 'systemd');
    mkdirSync(programs, { recursive: true });
    writeFileSync(path.join(programs, 'systemctl'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const units = '/usr/lib/systemd/system/ssh.service';
    const hide =
      unit === 'sshd'
        ? 'mount -t tmpfs none /usr/lib/systemd/system'
        : `mount -t tmpfs none /usr/lib/systemd/system && touch ${units}`;
    const script = path.join(ELEMENTS, 'rebind-sshd/post-install.d/30-rebind-sshd');
    const inside = `${hide} && mount -t tmpfs none /etc/systemd/system && mkdir -p /etc/ssh/sshd_config.d && sh ${script} && ls /etc/systemd/system`;
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-euc', inside], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${programs}:${process.env['PATH']}` },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      `disable ${unit}.service`,
      `enable ${unit}.socket`,
      `${unit}.service.d`,
      `${unit}.socket.d`,
    ]);
  });
});
