import { expect, it } from 'vitest';
import { slowestLines } from '../../runner/slowest.ts';
import { readVitestReport } from '../../runner/vitest-report.ts';

it('lists test files by the time that they took, each with its longest test', () => {
  const report = JSON.stringify({
    numPassedTests: 3,
    numFailedTests: 0,
    testResults: [
      {
        name: '/r/test/fast.test.ts',
        startTime: 1000,
        endTime: 1200,
        status: 'passed',
        assertionResults: [],
      },
      {
        name: '/r/test/slow.test.ts',
        startTime: 1000,
        endTime: 13_340,
        status: 'passed',
        assertionResults: [
          { status: 'passed', title: 'waits', duration: 9000 },
          { status: 'passed', title: 'computes', duration: 20 },
        ],
      },
    ],
  });
  const { files = [] } = readVitestReport(report, true);
  expect(slowestLines(files.map((file) => ({ ...file, group: 'unit' })))).toEqual([
    '   12.3 s  unit slow.test.ts; longest test: 9.0 s waits',
    '    0.2 s  unit fast.test.ts',
  ]);
});
