import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasServed,
  renderCheckScript,
  renderHaproxyCheckScript,
  renderLvsCheckScript,
  shellWord,
  socketsIn,
  socketsToAsk,
} from '../../../src/render/check-scripts.ts';
import { renderTemplate as render } from '../../support/templates.ts';

const golden = (file: string): string =>
  path.resolve(import.meta.dirname, '../../golden/check-scripts', file);
const commands = '/var/lib/octavia/bin';
const sockets = ['/var/lib/octavia/lb1.sock', '/var/lib/octavia/lb2.sock'];

describe('the check script of all haproxys', () => {
  const nothing = { commands, sockets: [], hasLvsListeners: false, hasServed: false };
  it.each([
    { serves: 'nothing yet', state: nothing, file: 'nothing.sh' },
    { serves: 'nothing any more', state: { ...nothing, hasServed: true }, file: 'nothing-any-more.sh' },
    { serves: 'one load balancer', state: { ...nothing, sockets: sockets.slice(1) }, file: 'haproxy-one.sh' },
    { serves: 'two load balancers', state: { ...nothing, sockets }, file: 'haproxy-two.sh' },
    {
      serves: 'load balancers and LVS listeners',
      state: { commands, sockets, hasLvsListeners: true, hasServed: true },
      file: 'haproxy-two.sh',
    },
  ])('of an amphora that serves $serves', async ({ file, state }) => {
    await expect(renderHaproxyCheckScript(render, state)).toMatchFileSnapshot(golden(file));
  });

  it('is absent if there are LVS listeners only', () => {
    const state = { commands, sockets: [], hasLvsListeners: true, hasServed: true };
    expect(renderHaproxyCheckScript(render, state)).toBeUndefined();
  });
});

describe('the check script on disk', () => {
  const scriptOf = (asked: readonly string[], served: boolean): string =>
    renderHaproxyCheckScript(render, {
      commands,
      sockets: asked,
      hasLvsListeners: false,
      hasServed: served,
    }) ?? '';
  const [one = '', other = ''] = sockets;
  const odd = "/srv/o'ctavia base/lb.sock";

  it.each([
    { what: 'no script', script: undefined, served: false },
    { what: 'the script before the first listener', script: scriptOf([], false), served: false },
    { what: 'the script after the last listener', script: scriptOf([], true), served: true },
    { what: 'a script that asks', script: scriptOf(sockets, true), served: true },
    { what: "Octavia's before the first listener", script: 'exit 1', served: false },
    { what: "Octavia's after the last listener", script: 'haproxy-vrrp-check ; exit $?', served: true },
    { what: "Octavia's that asks", script: `haproxy-vrrp-check ${one}; exit $?`, served: true },
  ])('records whether a load balancer was served: $what', ({ script, served }) => {
    expect(hasServed(script)).toBe(served);
  });

  it.each([
    { what: 'no socket', script: scriptOf([], true), named: [] },
    { what: 'two sockets', script: scriptOf(sockets, true), named: sockets },
    { what: 'a socket that needs quotes', script: scriptOf([one, odd], true), named: [one, odd] },
    { what: "Octavia's", script: `haproxy-vrrp-check ${one}; exit $?`, named: [one] },
    {
      what: 'a check whose failure is ignored',
      script: `haproxy-vrrp-check ${one} || true`,
      named: undefined,
    },
    { what: 'a check in the background', script: `haproxy-vrrp-check ${one} &`, named: undefined },
    { what: 'a quote without an end', script: `haproxy-vrrp-check '${one}`, named: undefined },
  ])('names its sockets: $what', ({ script, named }) => {
    expect(socketsIn(script)).toEqual(named);
  });

  it.each([
    { what: 'one that runs and was asked', script: scriptOf([one], true), isInactive: false, asked: true },
    {
      what: 'one that runs and was not asked',
      script: scriptOf([other], true),
      isInactive: false,
      asked: true,
    },
    { what: 'one that ended and was asked', script: scriptOf(sockets, true), isInactive: true, asked: true },
    { what: 'one that was never started', script: scriptOf([other], true), isInactive: true, asked: false },
    {
      what: 'one that was never started, the first of all',
      script: undefined,
      isInactive: true,
      asked: false,
    },
    {
      what: "one that ended, after Octavia's agent asked it",
      script: `haproxy-vrrp-check ${other} ${one}; exit $?`,
      isInactive: true,
      asked: true,
    },
    {
      what: 'one whose name is the beginning of another',
      script: scriptOf([`${one}2`], true),
      isInactive: true,
      asked: false,
    },
    {
      what: 'one that is stopped',
      script: scriptOf([one], true),
      isInactive: false,
      wanted: false,
      asked: false,
    },
    { what: 'one that can not be started', script: undefined, isInactive: true, wanted: true, asked: true },
  ])('records which load balancers should run: $what', ({ script, asked, ...state }) => {
    expect(socketsToAsk(script, [{ socket: one, ...state }])).toEqual(asked ? [one] : []);
  });

  it('finds a socket in shell quotes', () => {
    expect(socketsToAsk(scriptOf([one, odd], true), [{ socket: odd, isInactive: true }])).toEqual([odd]);
  });
});

describe('the check script of UDP and SCTP listeners', () => {
  const check = async (files: Readonly<Record<string, string>>): Promise<number | null> => {
    const directory = await mkdtemp(path.join(tmpdir(), 'lvs check '));
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(directory, name), content);
    await writeFile(path.join(directory, 'check.sh'), renderLvsCheckScript(render, directory));
    const { status, stderr } = spawnSync('bash', [path.join(directory, 'check.sh')], { encoding: 'utf8' });
    expect(stderr).toBe('');
    await rm(directory, { recursive: true });
    return status;
  };
  const name = (id: number, ending = 'pid'): string => `octavia-keepalivedlvs-${id}.${ending}`;

  it('succeeds without any pid file', async () => {
    expect(await check({})).toBe(0);
    expect(await check({ [name(1, 'conf')]: '', [name(1, 'check.pid')]: '1\n', [name(2)]: '' })).toBe(0);
  });

  it('fails for a process that ended and for another program', async () => {
    expect(await check({ [name(1)]: '4194305\n' })).toBe(1);
    expect(await check({ [name(1)]: `${process.pid}\n` })).toBe(1);
  });

  it('equals its golden file', async () => {
    await expect(renderLvsCheckScript(render, '/var/lib/octavia/lvs')).toMatchFileSnapshot(
      golden('lvs_udp_check.sh'),
    );
  });
});

describe('the script of keepalived', () => {
  it('runs every check', async () => {
    const script = renderCheckScript(render, { checkScripts: '/var/lib/octavia/vrrp/check_scripts' });
    await expect(script).toMatchFileSnapshot(golden('check_script.sh'));
  });
});

describe('a quoted word of the shell', () => {
  it('is read back as it was', async () => {
    const words = fc.sample(fc.string({ unit: 'grapheme' }), 300).filter((word) => !word.includes('\0'));
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `printf '%s\\0' ${words.map(shellWord).join(' ')}`,
    ]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });
});
