import { auditFileName, oldestKept } from './audit-files.ts';
import { type AuditLine, type AuditPosition, BEGINNING, hashOf, parseLine } from './audit-line.ts';

/** A file of the log. */
export interface AuditFile {
  readonly name: string;
  /** undefined: a file outside of a directory of the log */
  readonly number: number | undefined;
  readonly text: string;
}

/** What an examination of the log has found. */
export interface AuditVerdict {
  /** what was removed, changed, inserted or reordered, with its place; empty: the log is whole */
  readonly faults: readonly string[];
  /** what is explained by a kill of the agent or a full disk */
  readonly notes: readonly string[];
  /** number of whole lines */
  readonly lines: number;
  readonly first: number | undefined;
  readonly last: AuditPosition | undefined;
}

export interface AuditKnowledge {
  /** the last line that the agent wrote; undefined: head.json is missing or can't be read */
  readonly head: AuditPosition | undefined;
  /** hash of a line that another host has; undefined: none */
  readonly known?: string | undefined;
}

/** Examines a log. @param files all files of a directory, the oldest first */
export function verifyAudit(files: readonly AuditFile[], { head, known }: AuditKnowledge): AuditVerdict {
  const chain = createChain({ head, known });
  chain.faults.push(...missingFiles(files));
  const [oldest] = files;
  for (const file of files) chain.add(file, file === oldest && file.number === 1, file === files.at(-1));
  const { last, faults } = chain.end();
  const end = last?.number ?? 0;
  if (head === undefined) faults.push('head.json is missing or is no head: lines at the end may be missing');
  else if (head.number > end) faults.push(`the end: ${missing(end + 1, head.number)}`);
  return chain.end();
}

/** Examines one file of a log alone. Its first line may have any line before it. */
export function verifyAuditFile(file: AuditFile, known?: string): AuditVerdict {
  const chain = createChain({ head: undefined, known });
  chain.add(file, file.number === 1, true);
  return chain.end();
}

interface Chain {
  readonly faults: string[];
  add(file: AuditFile, isFirst: boolean, isNewest: boolean): void;
  end(): AuditVerdict & { readonly faults: string[] };
}

function createChain({ head, known }: AuditKnowledge): Chain {
  const [faults, notes]: [string[], string[]] = [[], []];
  const state = { lines: 0, isKnown: false };
  let first: number | undefined;
  let last: AuditPosition | undefined;
  let broken: { readonly place: string; readonly hash: string } | undefined;
  const addLine = (line: string, place: string): void => {
    const parsed = parseLine(line);
    const hash = hashOf(line);
    if (parsed === undefined) {
      if (broken !== undefined) faults.push(`${broken.place}: ${NO_LINE}`);
      broken = { place, hash };
      return;
    }
    faults.push(...linkFaults(parsed, last, broken, place));
    if (broken !== undefined && parsed.event === 'half line' && parsed.previous === broken.hash)
      notes.push(`${broken.place}: half a line: the agent was killed while it wrote it`);
    if (parsed.event === 'not written') notes.push(`${place}: requests before this line were not written`);
    if (head?.number === parsed.number && head.hash !== hash)
      faults.push(`${place}: line ${parsed.number} was changed: head.json has another hash`);
    first ??= parsed.number;
    last = { number: parsed.number, hash };
    broken = undefined;
    state.lines += 1;
    state.isKnown ||= hash === known;
  };
  return {
    faults,
    add({ name, text }, isFirst, isNewest) {
      if (isFirst) last ??= BEGINNING;
      const lines = text.split('\n');
      const rest = lines.pop();
      for (const [index, line] of lines.entries()) addLine(line, `${name}:${index + 1}`);
      if (rest === undefined || rest === '') return;
      const place = `${name}:${lines.length + 1}`;
      if (parseLine(rest) !== undefined) addLine(rest, place);
      else if (isNewest)
        notes.push(`${place}: half a line: the agent writes it now, or was killed while it wrote it`);
      else addLine(rest, place);
    },
    end() {
      if (broken !== undefined) faults.push(`${broken.place}: ${NO_LINE}`);
      broken = undefined;
      if (known !== undefined && !state.isKnown) faults.push(`no line has the expected hash ${known}`);
      state.isKnown = true;
      return { faults, notes, lines: state.lines, first, last: last === BEGINNING ? undefined : last };
    },
  };
}

const NO_LINE = 'is no line of the log: it was changed';

/** What the agent found wrong in its own log at a start. */
const FOUND_FAULTS: Readonly<Record<string, string>> = {
  'changed line': 'the agent found the line before changed',
  'no head': 'the agent found no head.json: lines before this one may be missing',
};

/** Compares a line with the one before it. */
function linkFaults(
  line: AuditLine,
  last: AuditPosition | undefined,
  broken: { readonly place: string; readonly hash: string } | undefined,
  place: string,
): string[] {
  const found = line.event === undefined ? undefined : FOUND_FAULTS[line.event];
  const faults = found === undefined ? [] : [`${place}: ${found}`];
  const isMarked = line.event === 'half line' && line.previous === broken?.hash;
  if (broken !== undefined && !isMarked) faults.push(`${broken.place}: ${NO_LINE}`);
  if (last === undefined) return faults;
  if (line.number > last.number + 1) {
    // without the marked half line: a broken line stands in the place of one
    faults.push(`${place}: before it, ${missing(last.number + 1, line.number - 1)}`);
  } else if (line.number <= last.number) {
    faults.push(`${place}: line ${line.number} stands behind line ${last.number}: inserted or reordered`);
  } else if (broken === undefined && line.previous !== last.hash) {
    faults.push(
      last === BEGINNING
        ? `${place}: line 1 was changed`
        : `${place}: does not follow from line ${last.number}, as it is now: line ${last.number} was changed, or line ${line.number} was`,
    );
  }
  return faults;
}

const missing = (from: number, to: number): string =>
  from === to ? `line ${from} is missing` : `lines ${from} to ${to} are missing`;

function missingFiles(files: readonly AuditFile[]): string[] {
  const present = new Set(files.map(({ number }) => number));
  const newest = files.at(-1)?.number ?? 0;
  const faults: string[] = [];
  for (let number = oldestKept(newest); number < newest; number += 1) {
    if (!present.has(number)) faults.push(`${auditFileName(number)} is missing`);
  }
  return faults;
}
