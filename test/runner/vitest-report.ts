import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** The outcome of a group of tests. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** the time of each file; absent if the group has no test files */
  readonly files?: readonly TimedFile[];
  /** titles of the skipped tests; absent if the group has no test files */
  readonly skipped?: readonly string[];
  /** a line for each failure that the report names: the file, the test's title, the first line of the error */
  readonly failures?: readonly string[];
}

/** A test file with the time that it took, hooks included. */
export interface TimedFile {
  readonly file: string;
  readonly ms: number;
  readonly slowestTest: { readonly title: string; readonly ms: number } | undefined;
}

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string().default(''),
      startTime: z.number().default(0),
      endTime: z.number().default(0),
      status: z.string(),
      message: z.string().nullish(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          title: z.string().default(''),
          failureMessages: z.array(z.string()).nullish(),
          duration: z.number().nullish(),
        }),
      ),
    }),
  ),
});
type FileResult = z.infer<typeof Report>['testResults'][number];

/**
 * Counts the tests of vitest's JSON report. A file that failed without a failing test (it couldn't be loaded, a hook
 * threw), an error outside any test, and a report that isn't there each count as a failure.
 * @param text undefined where vitest wrote none
 * @param isGood whether vitest ended with exit code 0
 */
export function readVitestReport(text: string | undefined, isGood: boolean): Tally {
  const parsed = Report.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (!parsed.success)
    return { passed: 0, failed: 1, failures: ['vitest was ended before it wrote its report'] };
  const { numPassedTests: passed, numFailedTests, testResults } = parsed.data;
  const brokenFiles = testResults.filter(isBroken);
  const failed = numFailedTests + brokenFiles.length;
  return {
    passed,
    failed: failed === 0 && !isGood ? 1 : failed,
    files: testResults.map(timedFile),
    skipped: testResults.flatMap(skippedTests),
    failures: testResults.flatMap(failureLines),
  };
}

/** Whether the file failed without a failing test. */
const isBroken = ({ status, assertionResults }: FileResult): boolean =>
  status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed');

function failureLines(result: FileResult): string[] {
  const file = path.basename(result.name);
  if (isBroken(result)) return [`${file}: ${firstLine(result.message)}`];
  return result.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ title, failureMessages }) => `${file}: ${title}: ${firstLine(failureMessages?.[0])}`);
}

const firstLine = (text: string | null | undefined): string =>
  stripVTControlCharacters(text ?? '')
    .trim()
    .split('\n')[0] ?? '';

/** Vitest calls a test `skipped` or `pending`; where it filters by name, all others are `skipped` without having begun. */
const skippedTests = ({ name, assertionResults }: FileResult): string[] =>
  assertionResults
    .filter(({ status }) => status === 'skipped' || status === 'pending')
    .map(({ title }) => `${path.basename(name)}: ${title}`);

function timedFile({ name, startTime, endTime, assertionResults }: FileResult): TimedFile {
  const tests = assertionResults.map(({ title, duration }) => ({ title, ms: duration ?? 0 }));
  return {
    file: path.basename(name),
    ms: endTime - startTime,
    slowestTest: tests.toSorted((one, other) => other.ms - one.ms)[0],
  };
}
