import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../repository.ts';

const GOLDEN = path.join(REPOSITORY, 'test/golden/units');
/** The units of systemd/. */
const SHIPPED = [
  'amphora-agent.service',
  'amphora-agent.path',
  'amphora-netns-add.service',
  'certs-ramfs.service',
  'prometheus-proxy.service',
  'prometheus-proxy.socket',
];
/** Units and programs that the units name and every amphora has. */
const STAND_INS = [
  'sysinit',
  'basic',
  'network',
  'shutdown',
  'multi-user',
  'local-fs',
  'umount',
  'paths',
].map((name) => `${name}.target`);

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'units-'));
  const units = [
    [path.join(GOLDEN, 'haproxy.service'), 'haproxy-test.service'],
    [path.join(GOLDEN, 'octavia-keepalived.service'), 'octavia-keepalived.service'],
    [path.join(GOLDEN, 'octavia-keepalivedlvs.service'), 'octavia-keepalivedlvs-test.service'],
    [path.join(GOLDEN, 'amphora-netns.service'), 'amphora-netns.service'],
    ...SHIPPED.map((unit) => [path.join(REPOSITORY, 'systemd', unit), unit] as const),
  ] as const;
  for (const [from, to] of units) {
    const text = (await readFile(from, 'utf8')).replaceAll(
      /\/usr\/(?:bin\/amphora-agent|lib\/amphora-agent\/amphora-agent\.cjs)/g,
      '/usr/bin/true',
    );
    await writeFile(path.join(directory, to), text);
  }
  for (const target of STAND_INS) await writeFile(path.join(directory, target), '[Unit]\n');
  await writeFile(path.join(directory, 'broken.service'), '[Service]\nTyp=oneshot\nExecStart=/nonexistent\n');
});

afterAll(() => rm(directory, { recursive: true }));

const verify = (unit: string): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', path.join(directory, unit)],
    {
      env: { PATH: '/usr/bin:/bin', SYSTEMD_UNIT_PATH: directory },
    },
  );
  return { status, said: `${stdout}${stderr}` };
};

describe("the agent's unit", () => {
  it('does not wait for the interfaces of load balancers, which no heartbeat needs', async () => {
    const unit = await readFile(path.join(REPOSITORY, 'systemd/amphora-agent.service'), 'utf8');
    const before = [...unit.matchAll(/^After=(.*)$/gm)].flatMap(([, names = '']) => names.split(' '));
    expect(before).toContain('network.target');
    expect(before).not.toContain('amphora-netns.service');
  });
});

describe('systemd-analyze verify', () => {
  it.each([
    'haproxy-test.service',
    'octavia-keepalived.service',
    'octavia-keepalivedlvs-test.service',
    'amphora-netns.service',
    ...SHIPPED,
  ])('reports nothing about %s', (unit) => {
    expect(verify(unit)).toEqual({ status: 0, said: '' });
  });

  it('reports a broken unit', () => {
    expect(verify('broken.service').said).toContain("Unknown key 'Typ'");
  });
});
