import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SHELL =
  /['"`](?:\/bin\/)?(?:ba|da)?sh['"`]|\b(?:ba|da)?sh -c\b|\bshell: |\bexecSync\b|\{[^}]*\bexec\b[^}]*\} from 'node:child_process'/;

describe('the programs of the agent', () => {
  it('are started without a shell', () => {
    const files = globSync(['src/**/*.ts', 'templates/**/*.njk', 'systemd/*.service']);
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => SHELL.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it.each([
    "run('sh', ['-c', line])",
    'ExecStart=/bin/sh -c x',
    "import { exec } from 'node:child_process';",
  ])('would be found by this test if they used a shell: %s', (line) => {
    expect(line).toMatch(SHELL);
  });
});
