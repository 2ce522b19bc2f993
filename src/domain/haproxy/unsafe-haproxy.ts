import path from 'node:path';
import { PING_COMMAND } from '../paths.ts';
import { controlCharacterIn, MOST_FINDINGS, quoted, type UnsafeLine } from '../unsafe-line.ts';
import { type ConfigurationLine, configurationLines } from './haproxy-words.ts';

/**
 * Finds what would run programs or keep root's rights beside haproxy: Lua, `program` sections, root as haproxy's user or group,
 * a stats socket or an external check elsewhere than where controllers put them (contract section 5), control characters.
 * A deny list: directives that it doesn't know are fine, since newer controllers send them. haproxy's own check doesn't stand in
 * for it: it runs the Lua that it is asked to check.
 * @param text as latin1 or decoded; never throws
 * @returns the first of them, at most MOST_FINDINGS
 */
export function unsafeHaproxyLines(text: string, own: { readonly statsSocket: string }): UnsafeLine[] {
  const found: UnsafeLine[] = [];
  const sections = new PossibleSections();
  for (const [index, line] of configurationLines(text).entries()) {
    const tell = (finding: string | undefined): void => {
      if (finding !== undefined && found.length < MOST_FINDINGS) found.push({ line: index + 1, finding });
    };
    tell(controlCharacterIn(line.raw.replace(/\n$/, '')));
    sections.read(line);
    if (!isJudged(line.keyword)) continue;
    const isGlobal = sections.mayBe('global');
    if (unsafeWords(line, isGlobal, own.statsSocket)) tell(quoted(shown(line)));
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

/** A directive that comes out of a variable (manual, section 2.3) may be any. */
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

/** What makes it unsafe; behind that may be a password, as in a `user` of tenants. */
const shown = ({ keyword, words }: ConfigurationLine): readonly string[] =>
  words.slice(0, isVariable(keyword) ? 1 : 3);

const socketPath = (address: string): string => path.normalize(address.replace(/^unix@/, ''));

/** Which sections a line may be in: haproxy leaves out what stands in a `.if` that isn't true, openings of sections too. */
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
