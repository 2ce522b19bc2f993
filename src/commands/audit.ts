import path from 'node:path';
import { auditFileName, auditFileNumber, auditFileNumbers, HEAD_FILE } from '../domain/audit/audit-files.ts';
import { parseHead } from '../domain/audit/audit-line.ts';
import { type AuditVerdict, verifyAudit, verifyAuditFile } from '../domain/audit/verify-audit.ts';
import { reasonOf } from '../errors.ts';
import type { Files } from '../host/files.ts';
import type { CommandOutcome } from './history.ts';

/** The exit codes of `audit verify`. */
const EXIT = { whole: 0, faulty: 1, unreadable: 2 } as const;

export interface VerifyOptions {
  /** hash of a line that another host has, for example in its syslog */
  readonly expect: string | undefined;
  readonly json: boolean;
}

/**
 * Runs the command `audit verify`: examines a directory of the audit log, or one of its files alone.
 * @returns exit code 0 if the log is whole, 1 if it has faults, 2 if there is nothing to examine
 */
export async function runAuditVerify(
  target: string,
  { expect, json }: VerifyOptions,
  files: Pick<Files, 'list' | 'readText'>,
): Promise<CommandOutcome> {
  try {
    const verdict = await examine(target, expect?.toLowerCase(), files);
    if (verdict === undefined) return unreadable(`${target}: there is no audit log`);
    const exitCode = verdict.faults.length === 0 ? EXIT.whole : EXIT.faulty;
    return { exitCode, output: json ? `${JSON.stringify(verdict, undefined, 2)}\n` : text(target, verdict) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return unreadable(reasonOf(error));
  }
}

const unreadable = (reason: string): CommandOutcome => ({
  exitCode: EXIT.unreadable,
  output: `amphora-agent: ${reason}\n`,
});

/** @returns undefined if there is neither a file of the log nor a head */
async function examine(
  target: string,
  known: string | undefined,
  files: Pick<Files, 'list' | 'readText'>,
): Promise<AuditVerdict | undefined> {
  const name = path.basename(target);
  if (/\.jsonl$/.test(name)) {
    const content = await files.readText(target);
    if (content === undefined) return undefined;
    return verifyAuditFile({ name, number: auditFileNumber(name), text: content }, known);
  }
  // the head first: lines that the agent adds meanwhile are behind it
  const headText = await files.readText(path.join(target, HEAD_FILE));
  const numbers = auditFileNumbers(await files.list(target));
  if (headText === undefined && numbers.length === 0) return undefined;
  const read = numbers.map(async (number) => {
    const file = auditFileName(number);
    return { name: file, number, text: await files.readText(path.join(target, file)) };
  });
  // the agent may have removed the oldest file meanwhile
  const present = (await Promise.all(read)).flatMap(({ text: content, ...file }) =>
    content === undefined ? [] : [{ ...file, text: content }],
  );
  return verifyAudit(present, { head: parseHead(headText ?? ''), known });
}

function text(target: string, { faults, notes, lines, first, last }: AuditVerdict): string {
  const range =
    last === undefined ? 'no line' : `${lines} lines, ${first} to ${last.number}, last hash ${last.hash}`;
  const verdict = faults.length === 0 ? 'whole' : `NOT whole: ${faults.length} faults`;
  return [...faults, ...notes.map((note) => `note: ${note}`), `${target}: ${verdict}; ${range}`]
    .map((line) => `${line}\n`)
    .join('');
}
