import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withHaproxyUnderTest } from '../../runner/haproxy-under-test.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'haproxy-under-test-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** Sets HAPROXY to a script. */
async function given(text: string, mode = 0o755): Promise<string> {
  const file = path.join(directory, 'haproxy');
  await writeFile(file, `#!/bin/sh\n${text}\n`, { mode });
  vi.stubEnv('HAPROXY', file);
  return file;
}
/** The loader of this root is a script that runs its arguments. */
async function unpackedRoot(): Promise<{ root: string; haproxy: string }> {
  const root = path.join(directory, 'root');
  const loader = path.join(
    root,
    process.arch === 'x64' ? 'lib64/ld-linux-x86-64.so.2' : 'lib/ld-linux-aarch64.so.1',
  );
  const haproxy = path.join(root, 'usr/sbin/haproxy');
  for (const file of [loader, haproxy]) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, '#!/bin/sh\necho "HAProxy version 3.2.1 2025/06/01"\n', { mode: 0o755 });
  }
  return { root, haproxy };
}
const used = (): Promise<string | undefined> => withHaproxyUnderTest(async () => process.env['HAPROXY']);

describe('the variable HAPROXY', () => {
  it('names a file that prints its version of haproxy', async () => {
    const file = await given('echo "HAProxy version 3.2.1 2025/06/01"');
    expect(await used()).toBe(file);
  });

  it('may be left out', async () => {
    vi.stubEnv('HAPROXY', undefined);
    expect(await used()).toBeUndefined();
  });

  it.each([
    [
      'is missing',
      async () => vi.stubEnv('HAPROXY', '/nowhere/haproxy'),
      /^HAPROXY=\/nowhere\/haproxy: no such file$/,
    ],
    ['is not executable', () => given('true', 0o644), /^HAPROXY=.*: not an executable file$/],
    [
      'is something else',
      () => given('echo nginx'),
      /^HAPROXY=.* is not haproxy: -v prints no version of it$/,
    ],
    [
      'lacks a library',
      () => given('echo "libssl.so.3: version not found" >&2; echo more >&2; exit 1'),
      /^HAPROXY=.* does not run: libssl.so.3: version not found$/,
    ],
  ])('that %s is refused in one line', async (_what, give, line) => {
    await give();
    await expect(used()).rejects.toThrow(line);
  });

  it('inside an unpacked root runs with the loader and the libraries of that root', async () => {
    const { root, haproxy } = await unpackedRoot();
    vi.stubEnv('HAPROXY', haproxy);
    const script = await withHaproxyUnderTest(async () => {
      const file = process.env['HAPROXY'] ?? '';
      return { file, text: await readFile(file, 'utf8') };
    });
    expect(script.text).toContain(`'--argv0' '/usr/sbin/haproxy' '--library-path' '${root}/lib/`);
    expect(script.text).toContain(` '${haproxy}' "$@"`);
    expect(existsSync(script.file)).toBe(false);
    expect(process.env['HAPROXY']).toBe(haproxy);
  });
});
