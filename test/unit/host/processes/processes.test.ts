import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createFiles } from '../../../../src/host/files.ts';
import { createProcesses } from '../../../../src/host/processes/processes.ts';

it('sends a signal only to a living process of the named program', async () => {
  const { signal } = createProcesses(createFiles());
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(await signal(pid, 'haproxy', 'SIGTERM')).toBe(false);
  const ended = once(child, 'exit');
  expect(await signal(pid, 'sleep', 'SIGTERM')).toBe(true);
  expect(await ended).toEqual([null, 'SIGTERM']);
  expect(await signal(pid, 'sleep', 'SIGTERM')).toBe(false);
});
