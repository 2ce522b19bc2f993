/**
 * npm run test:walk [-- --walk members|drift --steps N --seed N --suite SUITE]: a test that takes random steps, with more steps, or
 * with those of a seed. `members`: changes without a reload. `drift`: repairs beside operations.
 */
import { parseArgs } from 'node:util';
import { parseSuite } from './roots/suites.ts';
import { runGroup } from './runner/groups.ts';

const WALKS = {
  members: 'test/integration/run-time/member-walk.test.ts',
  drift: 'test/integration/haproxy/drift-walk.test.ts',
} as const;
const { values } = parseArgs({
  options: {
    walk: { type: 'string', default: 'members' },
    steps: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    suite: { type: 'string' },
  },
});
const file = Object.entries(WALKS).find(([name]) => name === values.walk)?.[1];
if (file === undefined) throw new Error(`no walk ${values.walk}: ${Object.keys(WALKS).join(', ')}`);
process.env['WALK_STEPS'] = values.steps;
if (values.seed !== undefined) process.env['WALK_SEED'] = values.seed;
const outcome = await runGroup('integration', {
  args: [file],
  output: 'inherit',
  suite: values.suite === undefined ? undefined : parseSuite(values.suite),
});
if ('notRun' in outcome) console.error(outcome.notRun);
process.exitCode = 'notRun' in outcome || outcome.failed > 0 ? 1 : 0;
