/**
 * npm run fresh [-- --suite bookworm|trixie]… [-- --tests integration|none] [-- --output DIRECTORY]: is the judge of the
 * README's two commands. It makes a minimal Debian root with git, npm and CA certificates, clones the working tree in
 * it, and runs what a newcomer would run, as root and as an ordinary user. Without --suite it takes both Debian
 * releases, one after the other. The root's changes are thrown away; the minimal root itself stays in the cache.
 */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseSuite, SUITES } from '../roots/suites.ts';
import { judge } from './judge.ts';
import { parseTests } from './steps.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', multiple: true, default: [] },
      tests: { type: 'string', default: 'integration' },
      output: { type: 'string' },
    },
  });
  const suites = values.suite.length === 0 ? SUITES : values.suite.map(parseSuite);
  const tests = parseTests(values.tests);
  if (values.output !== undefined) await mkdir(values.output, { recursive: true });
  let [passed, failed] = [0, 0];
  for (const suite of suites) {
    for (const { good } of await judge(suite, tests, values.output)) {
      if (good) passed += 1;
      else failed += 1;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
