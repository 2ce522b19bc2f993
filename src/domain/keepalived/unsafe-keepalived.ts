import path from 'node:path';
import { controlCharacterIn, MOST_FINDINGS, quoted, type UnsafeLine } from '../unsafe-line.ts';
import { keepalivedLines, wordsOf } from './keepalived-words.ts';

/**
 * Finds what would make keepalived, which runs as root, run or read files outside the agent's directories: scripts, checks,
 * notifications and inclusions (keepalived.conf(5)); definitions, which could hide them; control characters. A deny list:
 * keywords that it doesn't know are fine.
 * @param text as latin1 or decoded; never throws
 * @param directories absolute; what is in them is the agent's own
 * @returns the first of them, at most MOST_FINDINGS
 */
export function unsafeKeepalivedLines(text: string, directories: readonly string[]): UnsafeLine[] {
  const isOwn = (program: string): boolean =>
    OWN_COMMAND.test(program) ||
    directories.some((directory) => path.normalize(program).startsWith(`${path.normalize(directory)}/`));
  const found: UnsafeLine[] = [];
  for (const { line, raw } of keepalivedLines(text)) {
    for (const finding of findingsIn(raw, isOwn)) {
      found.push({ line, finding });
      if (found.length === MOST_FINDINGS) return found;
    }
  }
  return found;
}

/** What checks of SCTP members run, found on keepalived's PATH (contract section 7). */
const OWN_COMMAND = /^(?:\/usr\/(?:local\/)?s?bin\/)?amphora-health-checker$/;

/** Keywords whose value is a program with its arguments, or a file. */
const RUNS =
  /^(?:script|misc_path|(?:(?:lvs|vrrp)_)?notify(?!_priority_changes$)(?:_\w+)?|quorum_(?:up|down)|include[rmwba]?)$/;
/** What every such keyword has in it: cutting a line into words takes longer than looking at it. */
const MAY_RUN = /script|misc_path|notify|quorum_|include/;
const DEFINITION = /^\s*\$\w+\s*=/;

/** Neither the arguments of programs nor what is defined: they may be secrets. */
function* findingsIn(raw: string, isOwn: (program: string) => boolean): Generator<string> {
  const control = controlCharacterIn(raw);
  if (control !== undefined) yield control;
  const [definition] = DEFINITION.exec(raw) ?? [];
  if (definition !== undefined) yield quoted([definition.trim()]);
  if (MAY_RUN.test(raw)) yield* foreignPrograms(raw, isOwn);
}

/** Keywords with the program or file behind each, where that isn't the agent's own. */
function* foreignPrograms(raw: string, isOwn: (program: string) => boolean): Generator<string> {
  let keyword: string | undefined;
  for (const word of wordsOf(raw)) {
    if (keyword !== undefined && word !== '{' && word !== '}') {
      const [program = ''] = /\S+/.exec(word) ?? [];
      if (!isOwn(program)) yield quoted([keyword, program]);
    }
    keyword = RUNS.test(word) ? word : undefined;
  }
}
