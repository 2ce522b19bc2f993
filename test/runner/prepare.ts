/**
 * node test/runner/prepare.ts GROUP…: makes the Debian roots that these groups of `npm test` need, so that they are there
 * when the groups begin. Reports no failure: the group tries again and reports it.
 */
import { parseArguments } from './arguments.ts';
import { prepareGroupRoots } from './group-roots.ts';

const { groups, suite } = parseArguments(process.argv.slice(2));
for (const group of groups) await prepareGroupRoots(group, suite, console.log).catch(() => undefined);
