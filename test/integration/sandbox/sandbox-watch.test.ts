import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../sandbox/programs/long-running.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { REPOSITORY } from '../../repository.ts';

const PLAY_MS = 240_000;
const RESTART_MS = 120_000;
/** What answers GET / */
const CHANGED = 'src/http/app.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sandbox-watch-'));
  for (const name of ['src', 'sandbox', 'templates', 'package.json'])
    await cp(path.join(REPOSITORY, name), path.join(directory, name), { recursive: true });
  await symlink(path.join(REPOSITORY, 'node_modules'), path.join(directory, 'node_modules'));
});
afterEach(() => rm(directory, { recursive: true }));

function watchedSandbox() {
  const child = execa(process.execPath, [path.join(directory, 'src/main.ts'), 'sandbox', '--watch'], {
    all: true,
    reject: false,
  });
  let output = '';
  child.all.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { child, output: () => output };
}

/** Process ids of haproxy and keepalived in this world, without those that keepalived starts for its checks. */
async function dataPlane(): Promise<string[]> {
  const { stdout } = await runProgram(['ps', '-e', '-o', 'pid,ppid,args']);
  const processes = [...stdout.matchAll(/^ *(\d+) +(\d+) \S*(haproxy|keepalived) /gm)];
  const pids = new Set(processes.map(([, pid]) => pid));
  const lasting = processes.filter(([, , parent, program]) => program === 'haproxy' || !pids.has(parent));
  return lasting.map(([, pid = '']) => pid).sort();
}

test('a change of the sources restarts the agent of a watched sandbox, and neither haproxy nor keepalived', async () => {
  const { child, output } = watchedSandbox();
  try {
    await until(() => output().includes('restarts the agent, and nothing else'), PLAY_MS, 'the watch');
    const before = await dataPlane();
    expect(before.length).toBeGreaterThanOrEqual(3);
    const curl = `${/curl .*(?=\/1\.0\/info$)/m.exec(output())?.[0] ?? 'false'}/`;
    const answer = async (): Promise<string> => (await runProgram(['sh', '-c', curl])).stdout;
    expect(await answer()).toContain('"api_version":"1.0"');

    const file = path.join(directory, CHANGED);
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}\nthis is no TypeScript\n`);
    await until(() => output().includes('The next change starts it again.'), RESTART_MS, 'the failed start');
    expect(output()).toContain(`${CHANGED} changed: the agent restarts`);
    expect(output()).toContain('SyntaxError');

    await writeFile(file, text.replace("api_version: '1.0'", "api_version: 'changed'"));
    await until(() => output().includes('the agent answers again'), RESTART_MS, 'the restart');
    expect(await answer()).toContain('"api_version":"changed"');
    expect(await dataPlane()).toEqual(before);
  } finally {
    child.kill('SIGTERM');
    await child;
  }
});
