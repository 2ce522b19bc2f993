import path from 'node:path';
import { keepalivedLines, wordsOf } from './keepalived-words.ts';
import { controlCharacterIn, quoted, type UnsafeLine } from './unsafe-line.ts';

/**
 * Finds what would make keepalived, which runs as root, run or read files outside the agent's directories: scripts, checks,
 * notifications and inclusions (keepalived.conf(5)); definitions, which could hide them; control characters. A deny list:
 * keywords that it doesn't know are fine.
 * @param text as latin1 or decoded; never throws
 * @param directories absolute; what is in them is the agent's own
 */
export function unsafeKeepalivedLines(text: string, directories: readonly string[]): UnsafeLine[] {
  const isOwn = (program: string): boolean =>
    OWN_COMMAND.test(program) ||
    directories.some((directory) => path.normalize(program).startsWith(`${path.normalize(directory)}/`));
  return keepalivedLines(text).flatMap(({ line, raw }) =>
    findingsIn(raw, isOwn).map((finding) => ({ line, finding })),
  );
}

/** What checks of SCTP members run, found on keepalived's PATH (contract section 7). */
const OWN_COMMAND = /^(?:\/usr\/(?:local\/)?s?bin\/)?amphora-health-checker$/;

/** Keywords whose value is a program with its arguments, or a file. */
const RUNS =
  /^(?:script|misc_path|(?:(?:lvs|vrrp)_)?notify(?!_priority_changes$)(?:_\w+)?|quorum_(?:up|down)|include[rmwba]?)$/;
const DEFINITION = /^\s*\$\w+\s*=/;

/** Neither the arguments of programs nor what is defined: they may be secrets. */
function findingsIn(raw: string, isOwn: (program: string) => boolean): string[] {
  const control = raw.split('\n').map(controlCharacterIn).find(Boolean);
  const words = wordsOf(raw);
  const runs = words.flatMap((word, index) => {
    const value = words[index + 1];
    if (!RUNS.test(word) || value === undefined || value === '{' || value === '}') return [];
    const [program = ''] = value.trim().split(/\s+/);
    return isOwn(program) ? [] : [quoted([word, program])];
  });
  const definitions = DEFINITION.exec(raw)?.map((name) => quoted([name.trim()])) ?? [];
  return [...(control === undefined ? [] : [control]), ...definitions, ...runs];
}
