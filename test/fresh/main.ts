/**
 * npm run fresh [-- --suite bookworm|trixie]… [-- --tests integration|none] [-- --whole SUITE] [-- --tests-after PID]
 * [-- --output DIRECTORY]:
 * is the judge of the README's two commands. It makes a minimal Debian root with git, npm and CA certificates, clones the
 * working tree in it, and runs what a newcomer would run, as root and as an ordinary user. Without --suite it takes both
 * Debian releases, side by side. With --whole, only that release runs the tests whose
 * subject is the agent itself. With --tests-after, the tests begin when that process has ended. The root's changes are
 * thrown away; the minimal root itself stays in the cache.
 */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseSuite, SUITES } from '../roots/suites.ts';
import { inLanes } from '../runner/lanes.ts';
import { judge } from './judge.ts';
import { OF_THE_AGENT, parseTests } from './steps.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', multiple: true, default: [] },
      tests: { type: 'string', default: 'integration' },
      whole: { type: 'string' },
      'tests-after': { type: 'string' },
      output: { type: 'string' },
    },
  });
  const suites = values.suite.length === 0 ? SUITES : values.suite.map(parseSuite);
  const tests = parseTests(values.tests);
  const whole = values.whole === undefined ? undefined : parseSuite(values.whole);
  if (values.output !== undefined) await mkdir(values.output, { recursive: true });
  const jobs = suites.map((suite) => ({
    name: suite,
    run: (say: (line: string) => void) =>
      judge({
        ...{ suite, tests, testsAfter: values['tests-after'], output: values.output, say },
        without: whole === undefined || suite === whole ? [] : OF_THE_AGENT,
      }),
  }));
  const verdicts = (await inLanes(jobs, suites.length, (line) => console.log(line))).flat();
  const passed = verdicts.filter(({ good }) => good).length;
  const failed = verdicts.length - passed;
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
