import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const ELEMENTS = path.resolve(import.meta.dirname, '../../../image-elements');
const ELEMENT = path.join(ELEMENTS, 'rsyslog-apparmor/post-install.d/40-rsyslog-apparmor');
/** Paths of an image; here they are in the private namespaces of these tests. */
const PROFILES = '/etc/apparmor.d';
const PROFILE = `${PROFILES}/usr.sbin.rsyslogd`;
const LOCAL = `${PROFILES}/local/usr.sbin.rsyslogd`;
const PARSER = '/usr/sbin/apparmor_parser';

/** A short form of Ubuntu's profile with the same beginning and end. */
const profileText = (begin: string, end = '  include if exists <local/usr.sbin.rsyslogd>'): string =>
  `#include <tunables/global>\n\n${begin} {\n  #include <abstractions/base>\n  /var/log/** rw,\n${end}\n}\n`;
const NOBLE = profileText('profile rsyslogd /usr/sbin/rsyslogd');

function run(): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('sh', [ELEMENT], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('the element rsyslog-apparmor', () => {
  beforeEach(async () => {
    await mkdir(path.dirname(LOCAL), { recursive: true });
    await rm(PROFILE, { force: true });
    await rm(LOCAL, { force: true });
  });

  it('allows the socket and its directories, and puts the flag into the profile', async () => {
    await writeFile(PROFILE, NOBLE);
    await writeFile(LOCAL, '# Site-specific additions\n');
    expect(run()).toEqual({ status: 0, output: '' });
    const local = await readFile(LOCAL, 'utf8');
    expect(local).toMatch(/^# Site-specific additions\n/);
    expect(local.match(/^\/.*$/gm)).toEqual([
      '/run/rsyslog/ rw,',
      '/run/rsyslog/octavia/ rw,',
      '/run/rsyslog/octavia/log rw,',
    ]);
    expect(await readFile(PROFILE, 'utf8')).toBe(
      profileText('profile rsyslogd /usr/sbin/rsyslogd flags=(attach_disconnected)'),
    );
  });

  it('allows exactly the socket that rsyslog makes for the agent', async () => {
    await writeFile(PROFILE, NOBLE);
    run();
    const rsyslog = await readFile(path.join(ELEMENTS, '../systemd/rsyslog/49-amphora-socket.conf'), 'utf8');
    const socket = /Socket="([^"]+)"/.exec(rsyslog)?.[1];
    expect(await readFile(LOCAL, 'utf8')).toContain(`\n${socket} rw,`);
  });

  it('changes nothing when it runs a second time', async () => {
    await writeFile(PROFILE, NOBLE);
    run();
    const before = [await readFile(PROFILE, 'utf8'), await readFile(LOCAL, 'utf8')];
    expect(run().status).toBe(0);
    expect([await readFile(PROFILE, 'utf8'), await readFile(LOCAL, 'utf8')]).toEqual(before);
  });

  it.each([
    ['profile rsyslogd /usr/sbin/rsyslogd flags=(complain)', 'flags=(attach_disconnected, complain)'],
    ['/usr/sbin/rsyslogd', 'flags=(attach_disconnected)'],
  ])('also finds the beginning %j of a profile', async (begin, flags) => {
    await writeFile(PROFILE, profileText(begin));
    expect(run().status).toBe(0);
    expect(await readFile(PROFILE, 'utf8')).toContain(`/usr/sbin/rsyslogd ${flags} {`);
  });

  it('fails the build if the rule would have no effect, and says why', async () => {
    await writeFile(PROFILE, profileText('profile rsyslogd /usr/sbin/rsyslogd', ''));
    expect(run()).toMatchObject({ status: 1, output: expect.stringContaining("doesn't include") });
    await writeFile(PROFILE, profileText('profile rsyslogd @{exec_path}'));
    expect(run()).toMatchObject({ status: 1, output: expect.stringContaining('no line') });
  });

  it('does nothing if rsyslog has no profile, and says so', () => {
    expect(run()).toMatchObject({ status: 0, output: expect.stringContaining('not confined') });
    expect(existsSync(LOCAL)).toBe(false);
  });

  it('makes a profile that the parser of AppArmor accepts', async ({ skip }) => {
    if (!existsSync(PARSER)) skip(`no ${PARSER} (Debian: apparmor)`);
    await writeFile(PROFILE, NOBLE);
    run();
    // -Q: do not load it into the kernel; -K: no cache
    const { status, stderr } = spawnSync(PARSER, ['-Q', '-K', PROFILE], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    await writeFile(LOCAL, '/run/rsyslog/octavia/log no such right,\n');
    expect(spawnSync(PARSER, ['-Q', '-K', PROFILE]).status).not.toBe(0);
  });
});

describe('the elements of an image', () => {
  let programs: string;

  beforeAll(async () => {
    programs = await mkdtemp(path.join(tmpdir(), 'stand-ins-'));
    for (const name of ['disk-image-create', 'kpartx', 'losetup']) {
      const text =
        name === 'disk-image-create'
          ? '#!/bin/sh\nprintf "%s\\n" "$@" "key=$AMPHORA_AGENT_UPGRADE_KEY"\n'
          : '#!/bin/sh\n';
      await writeFile(path.join(programs, name), text, { mode: 0o755 });
    }
  });

  afterAll(() => rm(programs, { recursive: true }));

  /** Calls build.sh, with a disk-image-create that only prints its arguments and the key of upgrades. */
  function build(words: readonly string[], environment: Readonly<Record<string, string>>) {
    const argv = ['-w', programs, '-c', programs, ...words];
    return spawnSync(path.join(ELEMENTS, 'build.sh'), argv, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${programs}:${process.env['PATH']}`, ...environment },
    });
  }
  const elementsOf = (distribution: string): string[] =>
    build(['-i', distribution], { AMPHORA_AGENT: 'none' }).stdout.split('\n');

  /** A package without content. */
  function packageOf(name: string, architecture: string): string {
    const tree = path.join(programs, `${name}-${architecture}`);
    mkdirSync(path.join(tree, 'DEBIAN'), { recursive: true });
    const control = `Package: ${name}\nVersion: 1\nArchitecture: ${architecture}\nMaintainer: x <x@y>\nDescription: x\n`;
    writeFileSync(path.join(tree, 'DEBIAN/control'), control);
    execFileSync('dpkg-deb', ['-Znone', '--build', tree, `${tree}.deb`]);
    return `${tree}.deb`;
  }

  /** Makes a pair of keys. @returns their paths */
  function keys(algorithm = 'ed25519'): { privateKey: string; publicKey: string } {
    const [privateKey, publicKey] = [`${algorithm}.key`, `${algorithm}.pem`].map((name) =>
      path.join(programs, name),
    ) as [string, string];
    execFileSync('openssl', ['genpkey', '-algorithm', algorithm, '-out', privateKey]);
    execFileSync('openssl', ['pkey', '-in', privateKey, '-pubout', '-out', publicKey]);
    return { privateKey, publicKey };
  }

  const buildWithKey = (key: string) =>
    build(['-a', 'arm64'], {
      AMPHORA_AGENT_DEB: packageOf('amphora-agent', 'arm64'),
      AMPHORA_AGENT_UPGRADE_KEY: key,
    });

  it.each([
    ['that is not there', () => '/nowhere.deb', 'there is no file /nowhere.deb'],
    ['that is no package', () => '/etc/passwd', 'is no Debian package of amphora-agent'],
    ['of something else', () => packageOf('other', 'arm64'), 'is no Debian package of amphora-agent'],
    [
      'for another processor',
      () => packageOf('amphora-agent', 'amd64'),
      'is for amd64, and the image for arm64',
    ],
  ])('are not built with an AMPHORA_AGENT_DEB %s', (_what, file, reason) => {
    const { status, stdout, stderr } = build(['-a', 'arm64'], { AMPHORA_AGENT_DEB: file() });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^AMPHORA_AGENT_DEB: [^\n]*\n$/);
    expect(stderr).toContain(reason);
  });

  it('install the agent of AMPHORA_AGENT_DEB if that package is for their processor', () => {
    const file = packageOf('amphora-agent', 'arm64');
    const { status, stdout } = build(['-a', 'arm64'], { AMPHORA_AGENT_DEB: file });
    expect(status).toBe(0);
    expect(stdout.split('\n')).toContain('amphora-agent');
  });

  it.each([
    ['that is not there', () => '/nowhere.pem', 'there is no file /nowhere.pem'],
    ['that is private', () => keys().privateKey, 'is not an ed25519 public key in PEM format'],
    ['of another kind', () => keys('x25519').publicKey, 'is not an ed25519 public key in PEM format'],
  ])('are not built with an AMPHORA_AGENT_UPGRADE_KEY %s', (_what, file, reason) => {
    const { status, stdout, stderr } = buildWithKey(file());
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^AMPHORA_AGENT_UPGRADE_KEY: [^\n]*\n$/);
    expect(stderr).toContain(reason);
  });

  it('are built with a public key of upgrades, by its absolute path', () => {
    const { publicKey } = keys();
    const { status, stdout } = buildWithKey(path.relative(process.cwd(), publicKey));
    expect(status).toBe(0);
    expect(stdout.split('\n')).toContain(`key=${publicKey}`);
  });

  it('include rsyslog-apparmor for Ubuntu, and not for Debian', () => {
    expect(elementsOf('ubuntu')).toContain('rsyslog-apparmor');
    const debian = elementsOf('debian');
    expect(debian).toContain('haproxy-octavia');
    expect(debian).not.toContain('rsyslog-apparmor');
  });
});
