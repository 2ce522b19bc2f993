import { prepareRoot } from '../roots/debian-root.ts';
import type { Suite } from '../roots/suites.ts';
import type { Group } from './group-names.ts';
import { debianPackages } from './setup.ts';

/** Directories of the Debian roots that a group's tests run in or boot, by the name of the root. */
export type GroupRoots = Readonly<Record<string, string>>;

/** In the environment of vitest: the roots that tests boot themselves, as JSON (GroupRoots). */
export const ROOTS_VARIABLE = 'AMPHORA_TEST_ROOTS';

/** Groups that compare with Octavia's own code, which is installed in their root and nowhere else. */
const ALWAYS_IN_ROOT: readonly Group[] = ['interop', 'peer', 'image'];
const IN_ROOT_OF_SUITE: readonly Group[] = ['integration', ...ALWAYS_IN_ROOT];
/** A container boots one of these: an amphora of ours, and one that Debian's octavia-agent runs. */
const BOOTED: Readonly<Partial<Record<Group, readonly string[]>>> = {
  systemd: ['systemd', 'systemd-peer'],
};

/** The root that another one begins as a copy of: Octavia's Python packages take a minute to install. */
const BEGINS_AS: Readonly<Record<string, string>> = { 'systemd-peer': 'interop' };

/** Returns whether the tests of a group run inside a root; the root has the name of the group. */
export const runsInRoot = (group: Group, suite: Suite | undefined): boolean =>
  suite === undefined ? ALWAYS_IN_ROOT.includes(group) : IN_ROOT_OF_SUITE.includes(group);

/**
 * Makes the roots that a group needs, unless the cache has them.
 * @throws Error one line that says what is missing and how to get it
 */
export async function prepareGroupRoots(
  group: Group,
  suite: Suite | undefined,
  say: (line: string) => void,
): Promise<GroupRoots> {
  const names = runsInRoot(group, suite) ? [group] : (BOOTED[group] ?? []);
  const roots: Record<string, string> = {};
  for (const name of names) {
    const former = BEGINS_AS[name];
    const recipe = {
      suite: suite ?? 'bookworm',
      packages: await debianPackages('root', name),
      beginsWith: former === undefined ? [] : await debianPackages('root', former),
    };
    roots[name] = await prepareRoot(recipe, say);
  }
  return roots;
}
