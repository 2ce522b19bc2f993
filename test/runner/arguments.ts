import { parseSuite, type Suite } from '../roots/suites.ts';
import { FURTHER_GROUPS, GROUPS, type Group } from './group-names.ts';

/** The parsed arguments of `npm test -- …`. */
export interface TestOrder {
  readonly groups: readonly Group[];
  /** the Debian release in whose root the groups run; undefined: on this machine, as far as a group can */
  readonly suite: Suite | undefined;
  /** whether the list of the slowest files has every file */
  readonly slowest: boolean;
  /** folders of the groups whose files don't run */
  readonly without: readonly string[];
  /** for vitest */
  readonly args: readonly string[];
}

const PEER_FLAG = '--peer';
const SLOWEST_FLAG = '--slowest';
const SUITE_FLAG = '--suite';
const WITHOUT_FLAG = '--without';

const isGroup = (word: string): word is Group =>
  [...GROUPS, ...FURTHER_GROUPS].some((group) => group === word);

/** @throws Error one line, where --suite names no Debian release that the project knows */
export function parseArguments(given: readonly string[]): TestOrder {
  const { value: suiteName, rest: others } = takeOption(SUITE_FLAG, given);
  const { value: folders, rest } = takeOption(WITHOUT_FLAG, others);
  const suite = suiteName === undefined ? undefined : parseSuite(suiteName);
  const without = folders?.split(',') ?? [];
  const words = rest.filter((word) => word !== PEER_FLAG && word !== SLOWEST_FLAG);
  const end = words.findIndex((word) => !isGroup(word));
  const named = (end < 0 ? words : words.slice(0, end)).filter(isGroup);
  const args = end < 0 ? [] : words.slice(end);
  const groups: Group[] = named.length > 0 ? named : [...GROUPS];
  if (rest.includes(PEER_FLAG)) groups.push('peer');
  return { groups, suite, slowest: rest.includes(SLOWEST_FLAG), without, args };
}

/** Takes `FLAG VALUE` or `FLAG=VALUE` out of the arguments. */
function takeOption(flag: string, given: readonly string[]): { value: string | undefined; rest: string[] } {
  const rest: string[] = [];
  let value: string | undefined;
  const words = given.values();
  for (const word of words) {
    if (word === flag) value = words.next().value ?? '';
    else if (word.startsWith(`${flag}=`)) value = word.slice(flag.length + 1);
    else rest.push(word);
  }
  return { value, rest };
}
