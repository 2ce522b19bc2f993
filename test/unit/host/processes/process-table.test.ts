import { describe, expect, it } from 'vitest';
import { createFiles } from '../../../../src/host/files.ts';
import { createProcessTable, parseProcessStat } from '../../../../src/host/processes/process-table.ts';

const REST = '1 7 7 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 8231 123 456';
const table = createProcessTable(createFiles());

describe('/proc/PID/stat', () => {
  it.each([
    ['haproxy', 'S', true],
    ['two words', 'R', true],
    ['a) Z (b', 'S', true],
    ['zombie', 'Z', false],
  ])('is read for a program named "%s"', (program, state, isAlive) => {
    expect(parseProcessStat(`7 (${program}) ${state} ${REST}\n`)).toEqual({
      program,
      isAlive,
      startTime: 8231,
    });
  });

  it.each(['', '7 (haproxy', '7 (haproxy) S', 'nonsense'])('is no process if it is cut off: "%s"', (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });
});

describe('the process table', () => {
  it('distinguishes a process from an earlier one with the same pid', async () => {
    const [oldest] = await table.withEnvironment(`PATH=${process.env['PATH']}`);
    expect(oldest).toBeDefined();
    if (oldest === undefined) return;
    expect(await table.isAlive(oldest)).toBe(true);
    expect(await table.isAlive({ ...oldest, startTime: oldest.startTime + 1 })).toBe(false);
  });

  it('ignores processes with another environment', async () => {
    expect(await table.find(process.pid, 'AMPHORA_TEST=no')).toBeUndefined();
    expect(await table.withEnvironment('AMPHORA_TEST=no')).toEqual([]);
  });

  it('has one mark per boot', async () => {
    expect(await table.bootMark()).toBe(await table.bootMark());
    expect(await table.bootMark()).toMatch(/^[0-9a-f-]{36}\/\d+$/);
  });
});
