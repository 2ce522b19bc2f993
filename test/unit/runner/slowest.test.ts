import { describe, expect, it } from 'vitest';
import { slowestLines } from '../../runner/slowest.ts';
import { readVitestReport } from '../../runner/vitest-report.ts';

const TESTS = [
  { status: 'passed', title: 'waits', duration: 9000 },
  { status: 'passed', title: 'computes', duration: 20 },
];

/** The timed files of a report about `count` files: the file with the index 3 takes 3 s. */
function filesOfRun(count: number) {
  const testResults = Array.from({ length: count }, (_, index) => ({
    name: `/r/test/file-${index}.test.ts`,
    startTime: 1000,
    endTime: 1000 + index * 1000,
    status: 'passed',
    assertionResults: index === count - 1 ? TESTS : [],
  }));
  const report = JSON.stringify({ numPassedTests: 2, numFailedTests: 0, testResults });
  const { files = [] } = readVitestReport(report, true);
  return files.map((file) => ({ ...file, group: 'unit' }));
}

describe('the list of the slowest test files', () => {
  it('names the ten slowest files of a run of eleven, the slowest first, each with its longest test', () => {
    const lines = slowestLines(filesOfRun(11));
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('   10.0 s  unit file-10.test.ts; longest test: 9.0 s waits');
    expect(lines.at(-1)).toBe('    1.0 s  unit file-1.test.ts');
  });

  it('is empty for a run of ten files', () => {
    expect(slowestLines(filesOfRun(10))).toEqual([]);
  });

  it('has every file if all are wanted', () => {
    expect(slowestLines(filesOfRun(11), true)).toHaveLength(11);
    expect(slowestLines(filesOfRun(2), true)).toHaveLength(2);
  });
});
