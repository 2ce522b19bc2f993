import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AuditContent, AuditedRequest, UpgradeEnd } from '../domain/audit/audit-line.ts';
import { WriteFailed } from '../errors.ts';
import { type AuditFileWriter, openAuditFile } from './audit-file.ts';
import { createRefusalCounts } from './audit-refusals.ts';

/** The log of what clients changed. */
export interface AuditLog {
  /** Adds a request. Never waits and never fails. */
  add(request: AuditedRequest): void;
  /**
   * Adds a request that a client of agent_monitor_ca has no right to. The first one of a certificate has a line of its own, the
   * later ones have a line with their number once a minute. Never waits and never fails.
   */
  addRefused(request: AuditedRequest): void;
  /** Adds the end of an upgrade. Never waits and never fails. */
  addEnd(end: UpgradeEnd): void;
  /** Resolves when all requests that were added are on the disk or can't be written, at the latest after this time. */
  flushed(withinMs: number): Promise<void>;
  /** Adds the numbers of refused requests that have no line yet, then does as flushed(). No request may come later. */
  close(withinMs: number): Promise<void>;
}

/** The most requests that wait for a slow disk. */
const MOST_WAITING = 1000;

/** The lines of the log, in the order of their addition. */
interface Lines {
  add(content: AuditContent): void;
  /** Resolves when no line waits to be written. */
  written(): Promise<void>;
}

/**
 * Creates the audit log. It touches the file system with the first request. The agent's own log gets each request too, with the
 * hash of its line, and thereby syslog.
 * @param directory directory of the files; it need not exist
 */
export function createAuditLog(directory: string, logger: Logger): AuditLog {
  const { add, written } = createLines(directory, logger);
  const refusals = createRefusalCounts((line) => add({ time: new Date().toISOString(), ...line }));
  const flushed = async (withinMs: number): Promise<void> => {
    await Promise.race([written(), delay(withinMs, undefined, { ref: false })]);
  };
  return {
    add,
    addRefused(request) {
      if (refusals.add(request)) add(request);
    },
    addEnd: (end) => add({ time: new Date().toISOString(), ...end }),
    flushed,
    async close(withinMs) {
      refusals.end();
      await flushed(withinMs);
    },
  };
}

function createLines(directory: string, logger: Logger): Lines {
  let waiting: AuditContent[] = [];
  let lost = 0;
  let isFailing = false;
  let writer: AuditFileWriter | undefined;
  let writing: Promise<void> | undefined;

  const appended = async (requests: readonly AuditContent[]): Promise<readonly string[]> => {
    writer ??= await openAuditFile(directory);
    const time = new Date().toISOString();
    const noted = lost;
    const notes: AuditContent[] = noted === 0 ? [] : [{ time, event: 'not written', requests: noted }];
    const hashes = await writer.append([...notes, ...requests]);
    // others may have been lost meanwhile
    lost -= noted;
    if (isFailing) logger.info({ directory, lost: noted }, 'the audit log is written again');
    isFailing = false;
    return hashes.slice(notes.length);
  };
  const write = async (requests: readonly AuditContent[]): Promise<void> => {
    let hashes: readonly string[] = [];
    try {
      hashes = await appended(requests);
    } catch (error) {
      lost += requests.length;
      const err = new WriteFailed(directory, error);
      if (!isFailing) logger.error({ err }, 'the audit log cannot be written: requests go on');
      isFailing = true;
      writer = undefined;
    }
    for (const [index, audit] of requests.entries()) {
      logger.info({ audit, hash: hashes[index] }, 'audited request');
    }
  };
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const requests = waiting;
      waiting = [];
      await write(requests);
    }
    writing = undefined;
  };
  const add = (content: AuditContent): void => {
    if (waiting.length < MOST_WAITING) {
      waiting.push(content);
      writing ??= writeAll();
      return;
    }
    lost += 1;
    logger.info({ audit: content }, 'audited request');
  };
  return {
    add,
    async written() {
      await writing;
    },
  };
}
