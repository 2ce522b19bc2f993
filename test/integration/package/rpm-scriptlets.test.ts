import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENABLED_UNITS, SHARED_NAMES } from '../../../packaging/installation-tree.ts';
import { type CopiedRoot, createCopiedRoot, type Ended, end } from '../../support/copied-root.ts';
import { rpmOnDebian } from '../../support/debian-rpm.ts';
import { buildTestRpm } from '../../support/test-package.ts';

const LIBRARY = '/usr/lib/amphora-agent';
const SETTINGS = '/etc/logrotate-amphora.conf';
/** One of the names that the agent of an image has taken before. */
const TAKEN = SHARED_NAMES[0] ?? '';
const FOREIGN_TEXT = '#!/bin/sh\necho the agent of the image\n';
const WANTED = '/etc/systemd/system/multi-user.target.wants';

let directory: string;
let box: CopiedRoot;
let files: { readonly first: string; readonly second: string };

const inside = (name: string): string => box.inside(name);
const isThere = (name: string): boolean => existsSync(inside(name));

const pack = (version: string): Promise<string> => buildTestRpm({ version, directory });

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'rpm-scriptlets-'));
  files = { first: await pack('1.2.3'), second: await pack('1.2.4') };
  const store = path.join(directory, 'store');
  await mkdir(store);
  box = createCopiedRoot(store);
});

afterAll(async () => {
  box.remove();
  await rm(directory, { recursive: true });
});

const rpm = (...words: string[]): Promise<Ended> => {
  const [program = '', ...args] = rpmOnDebian();
  return end(program, [...args, '--root', box.directory, '--noplugins', ...words]);
};

const run = (...argv: [string, ...string[]]): Promise<Ended> => box.run(...argv);

async function enabled(): Promise<string[]> {
  const units: string[] = [];
  for (const unit of ENABLED_UNITS) {
    if ((await run('systemctl', 'is-enabled', unit)).said[0] === 'enabled') units.push(unit);
  }
  return units;
}

// Each test goes on where the one before has ended.
describe('the RPM in a root', () => {
  it('is installed where an image has files of the same names, which stand aside', async () => {
    await rm(inside(TAKEN), { force: true });
    await writeFile(inside(TAKEN), FOREIGN_TEXT, { mode: 0o755 });
    expect(await rpm('-i', files.first)).toEqual({ status: 0, said: [] });
    expect(readlinkSync(inside(TAKEN))).toBe('../lib/amphora-agent/amphora-agent.cjs');
    expect(readFileSync(inside(`${TAKEN}.octavia`), 'utf8')).toBe(FOREIGN_TEXT);
    expect(await run(TAKEN, '--version')).toEqual({ status: 0, said: ['1.2.3'] });
  });

  it('has compiled the code, made the directories of the settings, and enabled its units', async () => {
    expect(isThere(`${LIBRARY}/agent.js.cache`)).toBe(true);
    expect((await run('stat', '-c', '%a', '/etc/octavia/certs')).said).toEqual(['700']);
    expect(await enabled()).toEqual(ENABLED_UNITS);
  });

  it("disables the units of the distribution's packages, which start without a configuration", async () => {
    for (const unit of ['haproxy.service', 'keepalived.service']) {
      expect((await run('systemctl', 'is-enabled', unit)).said, unit).toEqual(['disabled']);
    }
  });

  it('refuses to purge while it is installed', async () => {
    const { status, said } = await run(`${LIBRARY}/purge`);
    expect({ status, said }).toEqual({ status: 1, said: [expect.stringContaining('dnf remove')] });
    expect(isThere(`${LIBRARY}/node`)).toBe(true);
  });

  it('is upgraded: a unit that an administrator disabled stays so, as do changed settings', async () => {
    await run('systemctl', 'disable', 'amphora-agent.service');
    await appendFile(inside(SETTINGS), '# changed\n');
    const { status, said } = await rpm('-U', files.second);
    expect({ status, said }).toEqual({ status: 0, said: [] });
    expect((await run(TAKEN, '--version')).said).toEqual(['1.2.4']);
    expect(await enabled()).toEqual(ENABLED_UNITS.filter((unit) => unit !== 'amphora-agent.service'));
    expect(readFileSync(inside(SETTINGS), 'utf8')).toMatch(/# changed\n$/);
    expect(readFileSync(inside(`${TAKEN}.octavia`), 'utf8')).toBe(FOREIGN_TEXT);
    expect((await rpm('-V', 'amphora-agent')).said.filter((line) => !line.includes(SETTINGS))).toEqual([]);
  });

  it('is downgraded and reinstalled', async () => {
    expect(await rpm('-U', '--oldpackage', files.first)).toEqual({ status: 0, said: [] });
    expect((await run(TAKEN, '--version')).said).toEqual(['1.2.3']);
    expect(await rpm('-U', '--replacepkgs', files.first)).toEqual({ status: 0, said: [] });
    expect(readFileSync(inside(`${TAKEN}.octavia`), 'utf8')).toBe(FOREIGN_TEXT);
  });

  it('is removed: what haproxy, keepalived and a reboot need stays, and the other files have their names again', async () => {
    await run('systemctl', 'enable', 'amphora-agent.service');
    const { status, said } = await rpm('-e', 'amphora-agent');
    expect(status).toBe(0);
    expect(said.join('\n')).toMatch(/serves on without the agent[\s\S]*amphora-agent\/purge/);
    expect((await run(TAKEN)).said).toEqual(['the agent of the image']);
    for (const name of SHARED_NAMES) expect(isThere(`${name}.octavia`), name).toBe(false);
    expect((await run('haproxy-vrrp-check')).status).not.toBe(127);
    expect((await run(`${LIBRARY}/amphora-agent.cjs`, '--version')).status).toBe(0);
    expect(await enabled()).toEqual(['amphora-netns.service', 'prometheus-proxy.socket']);
    for (const name of ['amphora-agent.service', 'amphora-agent.path']) {
      expect(
        (await run('test', '-L', `${WANTED}/${name}`, '-o', '-e', `/usr/lib/systemd/system/${name}`)).status,
      ).toBe(1);
    }
    expect(isThere(`${SETTINGS}.rpmsave`)).toBe(true);
  });

  it('is installed again over what stayed, which is then no longer kept', async () => {
    expect((await rpm('-i', files.first)).status).toBe(0);
    expect(isThere(`${LIBRARY}/kept-files`)).toBe(false);
    expect(await enabled()).toEqual(ENABLED_UNITS);
    expect(await rpm('-V', 'amphora-agent')).toEqual({ status: 0, said: [] });
    expect((await rpm('-e', 'amphora-agent')).status).toBe(0);
  });

  it('is not purged beneath load balancers that run, unless the operator wants that', async () => {
    await mkdir(inside('/var/lib/octavia/vrrp'), { recursive: true });
    await copyFile('/bin/sleep', path.join(directory, 'haproxy'));
    execFileSync('chmod', ['755', path.join(directory, 'haproxy')]);
    const haproxy = spawn(path.join(directory, 'haproxy'), ['600']);
    await writeFile(inside('/var/lib/octavia/vrrp/haproxy.pid'), `${haproxy.pid}\n`);
    const refused = await run(`${LIBRARY}/purge`);
    expect(refused.status).toBe(1);
    expect(refused.said.join('\n')).toContain(`process ${haproxy.pid} haproxy`);
    const ended = new Promise((resolve) => haproxy.once('exit', resolve));
    expect((await run('env', 'AMPHORA_AGENT_PURGE=yes', `${LIBRARY}/purge`)).status).toBe(0);
    await ended;
    for (const name of [LIBRARY, '/etc/octavia', '/var/lib/octavia', `${WANTED}/amphora-netns.service`]) {
      expect((await run('test', '-e', name, '-o', '-L', name)).status, name).toBe(1);
    }
    expect(await enabled()).toEqual([]);
  });

  it('says which step of an installation failed, and goes on with the others', async () => {
    const mask = inside('/etc/systemd/system/prometheus-proxy.socket');
    await symlink('/dev/null', mask);
    const { said } = await rpm('-i', files.first);
    expect(said.join('\n')).toMatch(
      /amphora-agent: failed with exit code 1: systemctl .*preset prometheus-proxy\.socket/,
    );
    expect(await enabled()).toEqual(ENABLED_UNITS.filter((unit) => unit !== 'prometheus-proxy.socket'));
  });
});
