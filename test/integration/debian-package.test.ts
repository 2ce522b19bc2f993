import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommandRunner } from '../../src/host/command.ts';
import { buildDebianPackage } from '../../src/packaging/debian-package.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

let directory: string;
let file: string;

const pack = (where: string): Promise<string> =>
  buildDebianPackage(createCommandRunner(), {
    root: ROOT,
    version: '1.2.3',
    processor: 'x64',
    time: 1_700_000_000,
    compression: 'none',
    directory: path.join(directory, where),
  });

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'debian-package-'));
  file = await pack('first');
});

afterAll(() => rm(directory, { recursive: true }));

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
        './usr/lib/systemd/system/amphora-netns.service',
        './usr/share/doc/amphora-agent/sbom.cdx.json',
      ]),
    );
    expect(lines.filter((line) => !line.includes(' root/root '))).toEqual([]);
  });

  it('names the programs that the agent calls', () => {
    expect(told('--field', file, 'Depends')).toMatch(/haproxy.*keepalived.*iproute2.*nftables/);
    expect(told('--field', file, 'Version').trim()).toBe('1.2.3');
  });
});
