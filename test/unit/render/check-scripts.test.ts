import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  renderCheckScript,
  renderHaproxyCheckScript,
  renderLvsCheckScript,
  shellWord,
} from '../../../src/render/check-scripts.ts';
import { createTemplates } from '../../../src/render/templates.ts';

const render = createTemplates(path.resolve(import.meta.dirname, '../../../templates'));
const golden = (file: string): string =>
  path.resolve(import.meta.dirname, '../../golden/check-scripts', file);
const sockets = ['/var/lib/octavia/lb1.sock', '/var/lib/octavia/lb2.sock'];

describe('the check of all haproxies', () => {
  it.each([
    { serves: 'nothing', sockets: [], hasLvsListeners: false, file: 'nothing.sh' },
    {
      serves: 'one load balancer',
      sockets: sockets.slice(1),
      hasLvsListeners: false,
      file: 'haproxy-one.sh',
    },
    { serves: 'two load balancers', sockets, hasLvsListeners: false, file: 'haproxy-two.sh' },
    { serves: 'load balancers and LVS listeners', sockets, hasLvsListeners: true, file: 'haproxy-two.sh' },
  ])('of an amphora that serves $serves', async ({ file, ...state }) => {
    await expect(renderHaproxyCheckScript(render, state)).toMatchFileSnapshot(golden(file));
  });

  it('is absent where there are LVS listeners only', () => {
    expect(renderHaproxyCheckScript(render, { sockets: [], hasLvsListeners: true })).toBeUndefined();
  });
});

describe('the check of keepaliveds that serve UDP and SCTP listeners', () => {
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

  it('passes while none has left a pid file behind', async () => {
    expect(await check({})).toBe(0);
    expect(await check({ [name(1, 'conf')]: '', [name(1, 'check.pid')]: '1\n', [name(2)]: '' })).toBe(0);
  });

  it('fails for a process that is gone and for one that is something else', async () => {
    expect(await check({ [name(1)]: '4194305\n' })).toBe(1);
    expect(await check({ [name(1)]: `${process.pid}\n` })).toBe(1);
  });

  it('is written as it was', async () => {
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

describe('a word of the shell', () => {
  it('is read back as it was', async () => {
    const words = fc.sample(fc.string({ unit: 'grapheme' }), 300).filter((word) => !word.includes('\0'));
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `printf '%s\\0' ${words.map(shellWord).join(' ')}`,
    ]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });
});
