import path from 'node:path';
import { PING_COMMAND } from '../paths.ts';
import { controlCharacterIn, MOST_FINDINGS, quoted, type UnsafeLine } from '../unsafe-line.ts';
import { type ConfigurationLine, configurationLines } from './haproxy-words.ts';

/**
 * Finds lines that run other programs or keep root's rights: Lua, `program` sections, root as haproxy's user or group, a
 * stats socket or an external check in another place than controllers use, and control characters. It is a deny list:
 * unknown directives pass, because newer controllers send them. haproxy's own check can't replace it, because that check
 * runs the Lua of the configuration.
 * @param text as latin1 or decoded; never throws
 * @returns the first findings, at most MOST_FINDINGS
 */
export function unsafeHaproxyLines(text: string, own: { readonly statsSocket: string }): UnsafeLine[] {
  const found: UnsafeLine[] = [];
  const sections = new PossibleSections();
  for (const [index, line] of configurationLines(text).entries()) {
    const report = (finding: string | undefined): void => {
      if (finding !== undefined && found.length < MOST_FINDINGS) found.push({ line: index + 1, finding });
    };
    report(controlCharacterIn(line.raw.replace(/\n$/, '')));
    sections.read(line);
    if (!isJudged(line.keyword)) continue;
    const isGlobal = sections.mayBe('global');
    if (unsafeWords(line, isGlobal, own.statsSocket)) report(quoted(shown(line)));
  }
  return found;
}

const LOADS_CODE: ReadonlySet<string> = new Set(['lua-load', 'lua-load-per-thread', 'lua-prepend-path']);
const JUDGED: ReadonlySet<string> = new Set([
  ...LOADS_CODE,
  'user',
  'uid',
  'group',
  'gid',
  'insecure-setuid-wanted',
  'program',
  'stats',
  'external-check',
]);

/** Whether a word contains a variable (manual, section 2.3). Such a directive may become any other. */
const isVariable = (word: string): boolean => word.includes('$');
const isJudged = (keyword: string): boolean => JUDGED.has(keyword) || isVariable(keyword);

function unsafeWords({ keyword, words }: ConfigurationLine, isGlobal: boolean, statsSocket: string): boolean {
  const [, first = '', second = ''] = words;
  switch (keyword) {
    case 'user':
    case 'group':
      return isGlobal && (first === 'root' || isVariable(first));
    case 'uid':
    case 'gid':
      return isGlobal && (Number(first) === 0 || isVariable(first));
    case 'stats':
      if (!isGlobal) return false;
      return isVariable(first) || (first === 'socket' && socketPath(second) !== path.normalize(statsSocket));
    case 'external-check':
      return isVariable(first) || (first === 'command' && second !== PING_COMMAND);
    default:
      return true;
  }
}

/**
 * Returns the words that make a line unsafe. The words behind them may contain a password, as in the `user` of a userlist.
 */
const shown = ({ keyword, words }: ConfigurationLine): readonly string[] =>
  words.slice(0, isVariable(keyword) ? 1 : 3);

const socketPath = (address: string): string => path.normalize(address.replace(/^unix@/, ''));

/** The sections in which a line may be. haproxy skips the lines inside a false `.if`, even those that open a section. */
export class PossibleSections {
  #open: Set<string> = new Set();
  #conditions = 0;

  read({ keyword, section }: ConfigurationLine): void {
    if (keyword === '.if') this.#conditions += 1;
    else if (keyword === '.endif') this.#conditions -= 1;
    else if (keyword !== '' && keyword === section) {
      if (this.#conditions <= 0) this.#open.clear();
      this.#open.add(section);
    }
  }

  mayBe(section: string): boolean {
    return this.#open.has(section);
  }

  mustBe(section: string): boolean {
    return this.#conditions <= 0 && this.#open.size === 1 && this.#open.has(section);
  }
}
