import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const PAGE_OUT = path.resolve(import.meta.dirname, '../../src/bin/page-out');
const ECHO = "process.stdin.on('data', (text) => process.stdout.write(`${text}!`)); console.log('ready');";

async function fileMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssFile:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** CAP_SYS_NICE in the first user namespace, which no other one can give. */
async function mayPageOut(): Promise<boolean> {
  const [map, status] = await Promise.all([
    readFile('/proc/self/uid_map', 'utf8'),
    readFile('/proc/self/status', 'utf8'),
  ]);
  const capabilities = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(status)?.[1] ?? '0'}`);
  return /^\s*0\s+0\s+4294967295\s*$/.test(map) && (capabilities & (1n << 23n)) !== 0n;
}

it('a process gives back the memory of its files, and goes on', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'page-out-'));
  const node = path.join(directory, 'node');
  await copyFile(process.execPath, node);
  const child = spawn(node, ['-e', ECHO], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const before = await fileMiB(child.pid ?? 0);
  execFileSync(PAGE_OUT, [`${child.pid}`]);
  const after = await fileMiB(child.pid ?? 0);
  child.stdin.write('still there');
  const [answer] = await once(child.stdout, 'data');
  child.kill();
  await once(child, 'exit');
  await rm(directory, { recursive: true });
  expect(`${answer}`).toBe('still there!');
  // without the right to, nothing is lost and nothing won
  expect(after < before / 2).toBe(await mayPageOut());
});

it.each([[], ['0'], ['999999999'], ['nonsense']])('it ends well without a process: %j', (...args) => {
  expect(execFileSync(PAGE_OUT, args, { encoding: 'utf8' })).toBe('');
});
