import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CommandFailed } from '../../../src/errors.ts';
import { type Argv, createCommandRunner } from '../../../src/host/command.ts';

const LIMIT_MS = 200;
/** for programs that end without a signal */
const PATIENCE_MS = 60_000;

const failureOf = async (...argv: Argv): Promise<unknown> =>
  createCommandRunner()
    .run(argv, { timeoutMs: LIMIT_MS })
    .catch((error: unknown) => error);

/** @param line program and arguments */
const pidsOf = (line: string): number[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((row) => row.trim().replace(/^\d+ +/, '') === line)
    .map((row) => Number.parseInt(row, 10));

describe('a program that the agent runs', () => {
  it.each<[what: string, argv: Argv]>([
    ['hangs', ['sleep', '3601']],
    ['hangs and does not end when it is told to', ['sh', '-c', 'trap "" TERM; while :; do read -r x; done']],
  ])('that %s is killed at its time limit', async (_what, argv) => {
    const failure = await failureOf(...argv);
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(failure).toMatchObject({ timedOut: true, exitCode: undefined });
    expect(String(failure)).toContain(`did not end within ${LIMIT_MS} ms`);
    expect(pidsOf(argv.join(' '))).toEqual([]);
  });

  it('whose child keeps the output open is waited for until the time limit only', async () => {
    const failure = await failureOf('sh', '-c', 'trap "" TERM; sleep 3602; true');
    expect(failure).toMatchObject({ timedOut: true });
    const left = pidsOf('sleep 3602');
    expect(left).toHaveLength(1);
    for (const pid of left) process.kill(pid, 'SIGKILL');
  });

  it('that prints much runs to its end, and the agent keeps the beginning and the end of the output', async () => {
    let heard = 0;
    const { stdout, output } = await createCommandRunner().run(['seq', '1', '200000'], {
      timeoutMs: PATIENCE_MS,
      onOutput: (part) => {
        heard += part.length;
      },
    });
    expect(stdout).toHaveLength(heard);
    expect(stdout.endsWith('\n199999\n200000\n')).toBe(true);
    expect(output.length).toBeLessThan(70_000);
    expect(output).toMatch(/^1\n2\n3\n[\s\S]*\n… \d+ characters left out …\n[\s\S]*\n199999\n200000\n$/);
  });

  it('that never stops printing is killed', async () => {
    const failure = await createCommandRunner()
      .run(['yes', 'and no'], { timeoutMs: PATIENCE_MS })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ timedOut: false, exitCode: undefined });
    expect(String(failure)).toContain('yes and no: more than 8388608 characters of output: and no\n');
    expect(String(failure).length).toBeLessThan(70_000);
    expect(pidsOf('yes and no')).toEqual([]);
  });

  it.each([
    ['is not installed', 'no-such-program', 'not installed'],
    ['is no program', '/dev/null', "can't be started (EACCES)"],
  ])('that %s makes an error that says so', async (_what, program, words) => {
    const failure = await failureOf(program);
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(String(failure)).toContain(`${program}: ${words}`);
  });
});
