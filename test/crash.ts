/** npm run test:crash [-- --rounds N --seed N]: test/integration/agent/crash.test.ts with more rounds, or with those of a seed. */
import { parseArgs } from 'node:util';
import { runGroup } from './runner/groups.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '300' }, seed: { type: 'string' } },
});
process.env['CRASH_ROUNDS'] = values.rounds;
if (values.seed !== undefined) process.env['CRASH_SEED'] = values.seed;
const outcome = await runGroup('integration', {
  args: ['test/integration/agent/crash.test.ts'],
  output: 'inherit',
  suite: undefined,
});
if ('notRun' in outcome) console.error(outcome.notRun);
process.exitCode = 'notRun' in outcome || outcome.failed > 0 ? 1 : 0;
