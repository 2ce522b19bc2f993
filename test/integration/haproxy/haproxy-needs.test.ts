import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readHaproxyNeeds } from '../../../src/domain/haproxy/haproxy-needs.ts';
import { DESCRIPTOR_CASES, descriptorConfig } from '../../support/haproxy/descriptor-cases.ts';

/** Too few descriptors for any haproxy: it prints the number that it needs, and ends before it binds a port. */
const WITHOUT_DESCRIPTORS = ['prlimit', '--nofile=64:64', 'setpriv', '--bounding-set=-sys_resource'] as const;
/** Descriptors beyond the computed number: listening sockets, three per thread, and some that every haproxy has. */
const MOST_OTHERS = 1000;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'haproxy-needs-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function askHaproxy(text: string): Promise<number> {
  const file = path.join(directory, 'haproxy.cfg');
  await writeFile(file, text);
  const [program, ...args] = [...WITHOUT_DESCRIPTORS, 'haproxy', '-db', '-f', file];
  const output = await new Promise<string>((resolve) => {
    execFile(program, args, { timeout: 60_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  const wanted = /Cannot raise FD limit to (\d+), limit is 64/.exec(output)?.[1];
  if (wanted === undefined) throw new Error(output);
  return Number(wanted);
}

it.each(DESCRIPTOR_CASES)(
  'haproxy needs the number of descriptors that the agent computes, and a few more: $what',
  async ({ parts, atLeast }) => {
    const text = descriptorConfig(parts);
    expect(readHaproxyNeeds(Buffer.from(text)).descriptors?.atLeast).toBe(atLeast);
    const wanted = await askHaproxy(text);
    expect(wanted).toBeGreaterThanOrEqual(atLeast);
    expect(wanted).toBeLessThan(atLeast + MOST_OTHERS);
  },
);

it('a configuration without strict-limits needs no minimum: haproxy runs with the descriptors that it gets', () => {
  const text = descriptorConfig({ global: 'maxconn 50000\n    no strict-limits' });
  expect(readHaproxyNeeds(Buffer.from(text)).descriptors).toBeUndefined();
});
