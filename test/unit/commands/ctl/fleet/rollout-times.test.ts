import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FIXED_TIMES } from '../../../../../src/commands/ctl/fleet/rollout-times.ts';
import { OPTIONS } from '../../../../../src/config/options.ts';

/** Returns a limit of the agent in milliseconds, from its source: it is of no use to another module. */
function limitIn(file: string, name: string): number {
  const [, digits] = new RegExp(`^const ${name} = ([\\d_]+);$`, 'm').exec(readFileSync(file, 'utf8')) ?? [];
  if (digits === undefined) throw new Error(`${file} has no ${name}`);
  return Number(digits.replaceAll('_', ''));
}

it('ctl waits longer for the begin of an upgrade than the limits of an agent allow', () => {
  const tools = (name: string) => limitIn('src/host/upgrade/package-tools.ts', name);
  const body = Number(OPTIONS.requestReadTimeout.default) * 1000;
  const start = limitIn('src/operations/upgrade/runner.ts', 'START_MS');
  // architecture, installed versions and sizes; the unit is started, and asked for if its start fails
  const longest = body + 3 * tools('QUERY_MS') + tools('SIMULATION_MS') + 2 * start;
  expect(longest).toBe(420_000);
  expect(FIXED_TIMES.beginMs).toBeGreaterThan(longest);
});
