import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unpackTar } from 'modern-tar';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../repository.ts';

const NOBODY = 65534;
/** Runs a program as NOBODY, who may read the repository wherever it is, for example in the home directory of root. */
const WITHOUT_RIGHTS = [
  ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
  ...['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'],
];
const MAIN = path.join(REPOSITORY, 'src/main.ts');

/** Holds keys and packages, and the directory in which the commands run. All of it belongs to a user without rights. */
let world: string;
let work: string;
const inWorld = (name: string): string => path.join(world, name);

interface Ended {
  readonly code: number | null;
  readonly printed: string;
  readonly said: string;
}

/** Runs the command `bundle` of the repository as a user without rights, on a machine without any file of an agent. */
const bundle = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const settings = { cwd: work, env: { ...process.env, ...env } };
    const argv = [...WITHOUT_RIGHTS, '--', process.execPath, MAIN, 'bundle', ...args];
    const child = execFile('setpriv', argv, settings, (_error, printed, said) =>
      resolve({ code: child.exitCode, printed, said }),
    );
  });

/** Builds a package that dpkg accepts. @returns its file */
function debOf(name: string, version: string, architecture = 'amd64'): string {
  const tree = inWorld(`tree-${name}-${architecture}`);
  mkdirSync(path.join(tree, 'DEBIAN'), { recursive: true });
  const fields = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: 'A <a@example.org>',
  };
  const lines = Object.entries({ ...fields, Description: 'sample' }).map(
    ([key, value]) => `${key}: ${value}\n`,
  );
  writeFileSync(path.join(tree, 'DEBIAN/control'), lines.join(''));
  const file = inWorld(`${name}-${architecture}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, file]);
  return file;
}

let debs: { readonly haproxy: string; readonly agent: string; readonly foreign: string };
beforeAll(() => {
  world = mkdtempSync(path.join(tmpdir(), 'bundle-command-'));
  chmodSync(world, 0o755);
  debs = {
    haproxy: debOf('haproxy', '1:2.6.12-1+fix1'),
    agent: debOf('amphora-agent', '0.3.0', 'all'),
    foreign: debOf('keepalived', '2.2.7-1', 'arm64'),
  };
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', inWorld('upgrade.key')]);
  execFileSync('openssl', ['pkey', '-in', inWorld('upgrade.key'), '-pubout', '-out', inWorld('upgrade.pem')]);
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', inWorld('other.key')]);
  execFileSync('openssl', ['genrsa', '-out', inWorld('rsa.key'), '2048']);
  for (const key of ['upgrade.key', 'other.key', 'rsa.key']) {
    chmodSync(inWorld(key), 0o600);
    chownSync(inWorld(key), NOBODY, NOBODY);
  }
});
afterAll(() => rmSync(world, { recursive: true }));
beforeEach(() => {
  work = mkdtempSync(inWorld('work-'));
  chownSync(work, NOBODY, NOBODY);
});

const make = (args: readonly string[], key = 'upgrade.key'): Promise<Ended> =>
  bundle(['--key', inWorld(key), '--output', 'patch.bundle', '--suite', 'bookworm', ...args]);
const verify = (args: readonly string[] = []): Promise<Ended> =>
  bundle(['verify', 'patch.bundle', '--key', inWorld('upgrade.pem'), ...args]);
const inWork = (name: string): string => path.join(work, name);

describe('a bundle of real packages', () => {
  it('is made and verified without root, with its versions and its signature', async () => {
    const made = await make(['--from', 'haproxy=2.6.12-1', '--expires', '7', debs.haproxy, debs.agent]);
    expect(made).toMatchObject({ code: 0, said: '' });
    expect(made.printed).toMatch(/^patch\.bundle: bundle [0-9a-f]{16} for debian bookworm amd64\n/);
    expect(readdirSync(work)).toEqual(['patch.bundle']);

    const shown = await verify();
    expect(shown).toMatchObject({ code: 0, said: '' });
    expect(shown.printed).toContain('  haproxy 1:2.6.12-1+fix1 amd64, ');
    expect(shown.printed).toContain('its signature is valid for the key ');
    expect(shown.printed).toContain(' bytes, replaces 2.6.12-1 and newer\n  amphora-agent 0.3.0 all, ');
    const { created, expires, ...manifest } = JSON.parse((await verify(['--json'])).printed);
    expect(Date.parse(expires) - Date.parse(created)).toBe(7 * 24 * 3600 * 1000);
    expect(manifest).toMatchObject({ distribution: 'debian', architecture: 'amd64', allow_downgrade: false });
    expect(made.printed).toContain(manifest.id);
  });

  it('has a signature that openssl verifies, and the packages as they were', async () => {
    await make([debs.haproxy]);
    const entries = await unpackTar(readFileSync(inWork('patch.bundle')), { strict: true });
    expect(entries.map(({ header }) => header.name)).toEqual([
      'manifest.json',
      'manifest.sig',
      'packages/haproxy_2.6.12-1+fix1_amd64.deb',
    ]);
    const [manifest, signature, deb] = entries.map(({ data }) => Buffer.from(data ?? []));
    expect(deb?.equals(readFileSync(debs.haproxy))).toBe(true);
    writeFileSync(inWork('signed'), `amphora-agent upgrade bundle 1\n${manifest}`);
    writeFileSync(inWork('signature'), signature ?? '');
    const key = ['-pubin', '-inkey', inWorld('upgrade.pem'), '-rawin'];
    const input = ['-in', inWork('signed'), '-sigfile', inWork('signature')];
    expect(execFileSync('openssl', ['pkeyutl', '-verify', ...key, ...input], { encoding: 'utf8' })).toContain(
      'Signature Verified Successfully',
    );
  });

  it('is refused by verify with exit code 1 when it is cut or of another key, and 2 when it is missing', async () => {
    expect(await verify()).toMatchObject({ code: 2, printed: '', said: expect.stringContaining('ENOENT') });
    await make([debs.haproxy], 'other.key');
    expect(await verify()).toMatchObject({ code: 1, said: expect.stringContaining('wrong signature') });
    await make([debs.haproxy]);
    writeFileSync(inWork('patch.bundle'), readFileSync(inWork('patch.bundle')).subarray(0, -1));
    expect(await verify()).toMatchObject({ code: 1, said: expect.stringContaining('patch.bundle: cut: ') });
  });

  it('is shown by verify without a key, with exit code 3 and the warning that its signature was not checked', async () => {
    await make([debs.haproxy], 'other.key');
    const shown = await bundle(['verify', 'patch.bundle']);
    expect(shown).toMatchObject({
      code: 3,
      said: expect.stringMatching(/^signature not checked: .*--key FILE\n$/),
    });
    expect(shown.printed).toContain('  haproxy 1:2.6.12-1+fix1 amd64, ');
    expect(shown.printed).not.toContain('signature');
    const { code, printed } = await bundle(['verify', 'patch.bundle', '--json']);
    expect({ code, suite: JSON.parse(printed).suite }).toEqual({ code: 3, suite: 'bookworm' });
    const content = readFileSync(inWork('patch.bundle'));
    content[content.length - 1100] = (content[content.length - 1100] ?? 0) ^ 1;
    writeFileSync(inWork('patch.bundle'), content);
    expect(await bundle(['verify', 'patch.bundle'])).toMatchObject({ code: 1, printed: '' });
  });

  it('is made with a warning when others may read the key', async () => {
    chmodSync(inWorld('upgrade.key'), 0o644);
    const made = await make([debs.haproxy]);
    chmodSync(inWorld('upgrade.key'), 0o600);
    expect(made).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^warning: .* chmod 600 .*upgrade.key\n$/),
    });
  });
});

describe('no bundle is made, and no file is left,', () => {
  const refused = async (ended: Promise<Ended>, expected = 1): Promise<string> => {
    const { code, printed, said } = await ended;
    expect({ code, printed, files: readdirSync(work) }).toEqual({ code: expected, printed: '', files: [] });
    return said;
  };

  it('of packages that do not fit together', async () => {
    expect(await refused(make([debs.haproxy, debs.foreign]))).toContain(
      'haproxy is for amd64 and keepalived for arm64',
    );
    expect(await refused(make([debs.haproxy, debs.haproxy]))).toContain('haproxy is given twice');
  });

  it('of a file that is no package, or is missing', async () => {
    expect(await refused(make([inWorld('upgrade.pem')]))).toMatch(/upgrade\.pem is not a Debian package: /);
    expect(await refused(make([inWorld('missing.deb')]))).toMatch(/ENOENT.*missing\.deb/);
  });

  it('with a key that is not ed25519, with the command that makes one', async () => {
    for (const key of ['rsa.key', 'upgrade.pem', 'missing.key']) {
      expect(await refused(make([debs.haproxy], key))).toMatch(/openssl genpkey|does not exist/);
    }
  });

  it('where its file cannot be written', async () => {
    const args = ['--key', inWorld('upgrade.key'), '-o', 'missing/patch.bundle', '--suite', 'bookworm'];
    expect(await refused(bundle([...args, debs.haproxy]))).toContain('ENOENT');
  });

  it('beside the incomplete file of another command', async () => {
    writeFileSync(inWork('patch.bundle.partial'), '');
    expect(await make([debs.haproxy])).toMatchObject({
      code: 1,
      said: expect.stringContaining('patch.bundle.partial exists: '),
    });
    expect(readdirSync(work)).toEqual(['patch.bundle.partial']);
  });

  it('without a key, or with a wrong option', async () => {
    const usage = (ended: Promise<Ended>): Promise<string> => refused(ended, 2);
    expect(await usage(bundle(['-o', 'x', debs.haproxy]))).toContain("required option '-k, --key <file>'");
    expect(await usage(make(['--expires', '0', debs.haproxy]))).toContain('days from 1 to 3650');
    expect(await usage(make(['--from', 'haproxy', debs.haproxy]))).toContain('a package and a version');
    expect(await refused(make(['--from', 'nginx=1', debs.haproxy]))).toContain('--from names nginx');
  });
});
