import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../sandbox/programs/long-running.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { programs } from '../programs.ts';

const BROKEN = path.join(import.meta.dirname, '../../fixtures/broken-agent.ts');
const PLAY_MS = 180_000;

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'sandbox-command-'));
});
afterEach(() => rm(temporary, { recursive: true }));

const [node, main = ''] = programs.agent;

function sandbox(entry: string, ...args: string[]) {
  const child = execa(node, [entry, 'sandbox', ...args], {
    all: true,
    reject: false,
    env: { TMPDIR: temporary },
  });
  let output = '';
  child.all.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { child, output: () => output };
}

/** Lists the processes of the world, apart from kernel threads; a sandbox that ended has none in it. */
const processes = async (): Promise<string> =>
  (await runProgram(['ps', '-e', '-o', 'args'])).stdout
    .split('\n')
    .filter((line) => /sandbox-inside|sandbox-member|haproxy|keepalived/.test(line))
    .join('\n');

test.each(['ACTIVE_STANDBY', 'SINGLE'])(
  '%s: the demo succeeds and leaves nothing behind',
  async (topology) => {
    const before = await processes();
    const { child } = sandbox(main, '--topology', topology);
    const { exitCode, all } = await child;
    expect(exitCode, all).toBe(0);
    expect(all).toMatch(/Heartbeats: [1-9]\d* received and verified, 0 refused/);
    expect(all).toMatch(/│ 200 .*│ member1 /);
    expect(all).toMatch(/│ 200 .*│ member2 /);
    // newer versions of iproute2 and keepalived print the origin of the address
    expect(all).toMatch(/inet 10\.0\.1\.100\/32 scope global (?:proto keepalived )?eth1/);
    expect(await readdir(temporary)).toEqual([]);
    expect(await processes()).toBe(before);
  },
);

test('two kept sandboxes side by side answer the lines that they print, and go on SIGTERM and SIGINT', async () => {
  const before = await processes();
  const kept = [sandbox(main, '--keep'), sandbox(main, '--keep', '--topology', 'SINGLE')];
  await until(() => kept.every(({ output }) => output().includes('until Ctrl-C')), PLAY_MS, 'both kept');
  const ports = kept.map(({ output }) => /listens on https:\/\/127\.0\.0\.1:(\d+)/.exec(output())?.[1]);
  expect(new Set(ports).size).toBe(2);
  for (const { output } of kept) {
    const line = (pattern: RegExp): string => pattern.exec(output())?.[0] ?? 'false';
    const shell = async (text: string): Promise<string> => (await runProgram(['sh', '-c', text])).stdout;
    expect(await shell(line(/curl .*\/1\.0\/listeners$/m))).toContain('"status":"ACTIVE"');
    expect(await shell(line(/curl .*-X PUT .*\/reload$/m))).toContain('"message":"OK"');
    await shell(line(/nsenter .*ip link add .*$/m));
    expect(await shell(line(/curl .*\/plug\/network$/m))).toContain('"message":"OK"');
    expect(await shell(line(/nsenter .*ip addr$/m))).toContain('10.0.2.51/24');
    expect(await shell(line(/nsenter .*ip addr$/m))).toContain('10.0.1.100/32');
    expect(await shell(line(/nsenter .*curl http.*$/m))).toMatch(/^member\d answers/);
    expect(await shell(line(/nsenter .*show stat.*$/m))).toContain('FRONTEND');
  }
  kept[0]?.child.kill('SIGTERM');
  kept[1]?.child.kill('SIGINT');
  for (const { child } of kept) expect((await child).exitCode).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
  expect(await processes()).toBe(before);
});

test('an interrupted demo says so and leaves nothing behind', async () => {
  const before = await processes();
  const { child, output } = sandbox(main);
  await until(() => output().includes('Plug the VIP'), PLAY_MS, 'the middle of the play');
  child.kill('SIGINT');
  const { exitCode, all } = await child;
  expect(exitCode).toBe(130);
  expect(all).toContain('interrupted');
  expect(await readdir(temporary)).toEqual([]);
  expect(await processes()).toBe(before);
});

test('a sandbox whose outer process is killed ends by itself', async () => {
  const before = await processes();
  const { child, output } = sandbox(main, '--keep');
  await until(() => output().includes('until Ctrl-C'), PLAY_MS, 'the kept sandbox');
  child.kill('SIGKILL');
  await until(async () => (await processes()) === before, PLAY_MS, 'the end of its processes');
  expect(await readdir(temporary)).toEqual([]);
});

test('a failed step is named, with the last output of the agent', async () => {
  const { exitCode, all } = await sandbox(BROKEN).child;
  expect(exitCode).toBe(1);
  expect(all).toContain('step "the agent starts in its amphora" failed: the agent ended');
  expect(all).toContain('the dog ate my certificate');
  expect(await readdir(temporary)).toEqual([]);
});
