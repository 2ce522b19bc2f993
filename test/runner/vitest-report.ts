import { z } from 'zod';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * Counts the tests of vitest's JSON report. A file that failed without a failing test (it couldn't be loaded, a hook
 * threw), an error outside any test, and a report that isn't there each count as a failure.
 * @param text undefined where vitest wrote none
 * @param isGood whether vitest ended with exit code 0
 */
export function readVitestReport(text: string | undefined, isGood: boolean): Tally {
  const parsed = Report.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (!parsed.success) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests, testResults } = parsed.data;
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const failed = numFailedTests + brokenFiles.length;
  return { passed, failed: failed === 0 && !isGood ? 1 : failed };
}
