import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { endOfLog } from '../domain/audit/audit-end.ts';
import {
  auditFileName,
  auditFileNumbers,
  FILE_BYTES,
  HEAD_FILE,
  oldestKept,
} from '../domain/audit/audit-files.ts';
import {
  type AuditContent,
  type AuditPosition,
  BEGINNING,
  headText,
  lineAfter,
  parseHead,
} from '../domain/audit/audit-line.ts';
import { isAbsent } from './files.ts';

/** Appends to the files of the audit log. Only one writer may be in use in a directory. */
export interface AuditFileWriter {
  /**
   * Appends lines. They are on the disk when the promise resolves. After an error the writer can't be used any more. Between
   * two calls no file is open.
   * @returns the hash of each line
   */
  append(contents: readonly AuditContent[]): Promise<readonly string[]>;
}

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const { O_APPEND, O_CREAT, O_WRONLY } = constants;

/** The end of the log, as this process left it. */
interface LogEnd {
  /** number of the newest file */
  readonly number: number;
  /** inode and size in bytes of that file */
  readonly inode: number;
  readonly size: number;
  readonly last: AuditPosition;
}

/** Opens the log at its end, and records what is wrong there. */
export async function openAuditFile(directory: string): Promise<AuditFileWriter> {
  let end = await findEnd(directory);
  return {
    async append(contents) {
      if (!(await isAsLeft(directory, end))) end = await findEnd(directory);
      if (end.size >= FILE_BYTES) end = await startNextFile(directory, end);
      const appended = await appendLines(directory, end, contents);
      end = appended.end;
      return appended.hashes;
    },
  };
}

async function findEnd(directory: string): Promise<LogEnd> {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  const numbers = auditFileNumbers(await readdir(directory));
  const known = parseHead(await readText(path.join(directory, HEAD_FILE)));
  const { last, isUnfinished, events } = endOfLog(await newestText(directory, numbers), known);
  if (known === undefined && last === BEGINNING) await writeHead(directory, BEGINNING);
  const number = numbers.at(-1) ?? 1;
  const found = await useFile(path.join(directory, auditFileName(number)), async (handle) => {
    if (isUnfinished) await handle.appendFile('\n');
    const { ino: inode, size } = await handle.stat();
    return { number, inode, size, last };
  });
  await syncDirectory(directory);
  if (events.length === 0) return found;
  const time = new Date().toISOString();
  const lines = events.map((event) => ({ time, ...event }));
  return (await appendLines(directory, found, lines)).end;
}

async function newestText(directory: string, numbers: readonly number[]): Promise<string> {
  for (const number of numbers.toReversed()) {
    const text = await readText(path.join(directory, auditFileName(number)));
    if (text !== '') return text;
  }
  return '';
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return '';
    throw error;
  }
}

/** Returns whether nobody has replaced, cut or lengthened the newest file. */
async function isAsLeft(directory: string, { number, inode, size }: LogEnd): Promise<boolean> {
  try {
    const handle = await open(path.join(directory, auditFileName(number)), 'r');
    const found = await handle.stat().finally(() => handle.close());
    return found.ino === inode && found.size === size;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function startNextFile(directory: string, { number, last }: LogEnd): Promise<LogEnd> {
  const next = number + 1;
  const inode = await useFile(
    path.join(directory, auditFileName(next)),
    async (handle) => (await handle.stat()).ino,
  );
  await syncDirectory(directory);
  for (const old of auditFileNumbers(await readdir(directory)).filter((one) => one < oldestKept(next))) {
    await rm(path.join(directory, auditFileName(old)), { force: true });
  }
  return { number: next, inode, size: 0, last };
}

async function appendLines(
  directory: string,
  end: LogEnd,
  contents: readonly AuditContent[],
): Promise<{ readonly end: LogEnd; readonly hashes: readonly string[] }> {
  const [lines, hashes]: [string[], string[]] = [[], []];
  let { last } = end;
  for (const content of contents) {
    const { line, position } = lineAfter(last, content);
    lines.push(`${line}\n`);
    hashes.push(position.hash);
    last = position;
  }
  const bytes = Buffer.from(lines.join(''));
  await useFile(path.join(directory, auditFileName(end.number)), async (handle) => {
    await handle.appendFile(bytes);
    await handle.datasync();
  });
  // behind the lines: after a loss of power the head never names a line that is not on the disk
  await writeHead(directory, last);
  return { end: { ...end, size: end.size + bytes.length, last }, hashes };
}

/** Opens a file for appending. Creates it if it is absent. */
async function useFile<Result>(file: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT, FILE_MODE);
  return use(handle).finally(() => handle.close());
}

/** Writes in place: an atomic file would cost two synchronisations of the disk for each request. */
async function writeHead(directory: string, position: AuditPosition): Promise<void> {
  const handle = await open(path.join(directory, HEAD_FILE), O_WRONLY | O_CREAT, FILE_MODE);
  await handle.write(headText(position), 0).finally(() => handle.close());
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}
