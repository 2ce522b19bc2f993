import path from 'node:path';
import { controlCharacterIn, MOST_FINDINGS, quoted, type UnsafeLine } from '../unsafe-line.ts';
import { keepalivedLines, wordsOf } from './keepalived-words.ts';

/**
 * Finds lines that make keepalived, which runs as root, run or read files outside the agent's directories: scripts, checks,
 * notifications and inclusions (keepalived.conf(5)). It also finds definitions, which could hide such lines, and control
 * characters. It is a deny list: unknown keywords pass.
 * @param text as latin1 or decoded; never throws
 * @param directories absolute paths of directories that hold only files of the agent
 * @returns the first findings, at most MOST_FINDINGS
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

/** The program of checks of SCTP members, which keepalived finds on its PATH. */
const OWN_COMMAND = /^(?:\/usr\/(?:local\/)?s?bin\/)?amphora-health-checker$/;

/** Keywords whose value is a program with its arguments, or a file. */
const RUNS =
  /^(?:script|misc_path|(?:(?:lvs|vrrp)_)?notify(?!_priority_changes$)(?:_\w+)?|quorum_(?:up|down)|include[rmwba]?)$/;
/** Matches every line with such a keyword. The test is cheaper than dividing the line into words. */
const MAY_RUN = /script|misc_path|notify|quorum_|include/;
const DEFINITION = /^\s*\$\w+\s*=/;

/** Yields findings without the arguments of programs and without the values of definitions, which may be secrets. */
function* findingsIn(raw: string, isOwn: (program: string) => boolean): Generator<string> {
  const control = controlCharacterIn(raw);
  if (control !== undefined) yield control;
  const [definition] = DEFINITION.exec(raw) ?? [];
  if (definition !== undefined) yield quoted([definition.trim()]);
  if (MAY_RUN.test(raw)) yield* foreignPrograms(raw, isOwn);
}

/** Yields each keyword with its program or file, except when the file belongs to the agent. */
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
