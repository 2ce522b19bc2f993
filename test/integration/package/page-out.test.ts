import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';

const PAGE_OUT = path.resolve(import.meta.dirname, '../../../src/bin/page-out');
/** Usually on a disk: on Debian 13 and in containers, /tmp is in memory, which cannot be paged out. */
const DIRECTORY = '/var/tmp';
/** statfs(2) */
const TMPFS = 0x01021994;
const ECHO = "process.stdin.on('data', (text) => process.stdout.write(`${text}!`)); console.log('ready');";

async function fileMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssFile:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** Calls pidfd_open(2) and process_madvise(2) for another process over no memory: prints 1 if the kernel supports both. */
const PROBE = `my $range = pack('QQ', 0, 0);
my $process = syscall(434, getppid(), 0);
print($process >= 0 && syscall(440, $process, $range, 0, 21, 0) == 0 ? 1 : 0)`;

/**
 * Whether the kernel lets this user page out another process. That takes CAP_SYS_NICE in the first user namespace, and a
 * filter of system calls, as containers have one, that lets both through.
 */
const mayPageOut = (): boolean => execFileSync('perl', ['-e', PROBE], { encoding: 'utf8' }) === '1';

it("page-out frees the memory of a process's files, and the process goes on", async () => {
  const directory = await mkdtemp(path.join(DIRECTORY, 'page-out-'));
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
  const isOnDisk = (await statfs(directory)).type !== TMPFS;
  await rm(directory, { recursive: true });
  expect(`${answer}`).toBe('still there!');
  // without the permission, the call has no effect
  expect(after < before / 2).toBe(mayPageOut() && isOnDisk);
});

it.each([[], ['0'], ['999999999'], ['nonsense']])('page-out succeeds without a process: %j', (...args) => {
  expect(execFileSync(PAGE_OUT, args, { encoding: 'utf8' })).toBe('');
});
