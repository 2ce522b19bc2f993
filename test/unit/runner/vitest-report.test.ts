import { describe, expect, it } from 'vitest';
import { readVitestReport } from '../../runner/vitest-report.ts';

interface FileResult {
  readonly status: string;
  readonly tests: readonly string[];
}

function report(...files: readonly FileResult[]): string {
  const statuses = files.flatMap(({ tests }) => tests);
  return JSON.stringify({
    numPassedTests: statuses.filter((status) => status === 'passed').length,
    numFailedTests: statuses.filter((status) => status === 'failed').length,
    testResults: files.map(({ status, tests }) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });
}

describe('the tally of a test run', () => {
  it('counts tests', () => {
    const text = report(
      { status: 'passed', tests: ['passed', 'passed'] },
      { status: 'failed', tests: ['passed', 'failed'] },
    );
    expect(readVitestReport(text, false)).toMatchObject({ passed: 3, failed: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(readVitestReport(report({ status: 'failed', tests: [] }), false)).toMatchObject({
      passed: 0,
      failed: 1,
    });
  });

  it('counts an error outside the tests as a failure', () => {
    expect(readVitestReport(report({ status: 'passed', tests: ['passed'] }), false)).toMatchObject({
      passed: 1,
      failed: 1,
    });
  });

  it('names each failed test and each broken file with the first line of its error', () => {
    const failed = {
      status: 'failed',
      title: 'serves',
      failureMessages: ['\u001b[31mError: 503\u001b[0m\n  at x'],
    };
    const text = JSON.stringify({
      numPassedTests: 1,
      numFailedTests: 1,
      testResults: [
        { name: '/r/a.test.ts', status: 'failed', assertionResults: [{ status: 'passed' }, failed] },
        { name: '/r/b.test.ts', status: 'failed', message: 'no such module\nmore', assertionResults: [] },
      ],
    });
    expect(readVitestReport(text, false).failures).toEqual([
      'a.test.ts: serves: Error: 503',
      'b.test.ts: no such module',
    ]);
  });

  it('is a failure without a report', () => {
    expect(readVitestReport(undefined, false)).toEqual({
      passed: 0,
      failed: 1,
      failures: ['vitest was ended before it wrote its report'],
    });
  });
});
