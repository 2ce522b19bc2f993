/** npm run test:walk [-- --steps N --seed N --suite SUITE]: test/integration/run-time/member-walk.test.ts with more steps, or with those of a seed. */
import { parseArgs } from 'node:util';
import { parseSuite } from './roots/suites.ts';
import { runGroup } from './runner/groups.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    suite: { type: 'string' },
  },
});
process.env['WALK_STEPS'] = values.steps;
if (values.seed !== undefined) process.env['WALK_SEED'] = values.seed;
const outcome = await runGroup('integration', {
  args: ['test/integration/run-time/member-walk.test.ts'],
  output: 'inherit',
  suite: values.suite === undefined ? undefined : parseSuite(values.suite),
});
if ('notRun' in outcome) console.error(outcome.notRun);
process.exitCode = 'notRun' in outcome || outcome.failed > 0 ? 1 : 0;
