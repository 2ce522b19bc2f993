import { type AuditEvent, type AuditPosition, BEGINNING, hashOf, parseLine } from './audit-line.ts';

/** The place at which a log goes on after a start of the agent. */
export interface AuditEnd {
  /** the position of the line before the next one */
  readonly last: AuditPosition;
  /** whether the file ends within a line */
  readonly isUnfinished: boolean;
  /** irregularities that the log records before it goes on */
  readonly events: readonly AuditEvent[];
}

/**
 * Finds the place at which the log goes on.
 * @param text content of the newest file that has any; '' for a new log
 * @param head the last line that the agent knows to have written; undefined: unknown
 */
export function endOfLog(text: string, head: AuditPosition | undefined): AuditEnd {
  const isUnfinished = text !== '' && !text.endsWith('\n');
  const lines = text.split('\n').filter((line) => line !== '');
  const last = lines.at(-1);
  if (last === undefined) return { isUnfinished, ...continued(BEGINNING, head) };
  const found = positionOf(last);
  if (found !== undefined) return { isUnfinished, ...continued(found, head) };
  // the next line has the hash of the broken one, and the number that the broken one should have
  const before = positionOf(lines.at(-2) ?? '') ?? head ?? BEGINNING;
  const end = continued(before, head);
  return {
    isUnfinished,
    last: { number: end.last.number, hash: hashOf(last) },
    events: [{ event: isUnfinished ? 'half line' : 'changed line' }, ...end.events],
  };
}

function positionOf(line: string): AuditPosition | undefined {
  const parsed = parseLine(line);
  return parsed && { number: parsed.number, hash: hashOf(line) };
}

/** Compares the last whole line of the log with the one that the agent knows. */
function continued(last: AuditPosition, head: AuditPosition | undefined): Omit<AuditEnd, 'isUnfinished'> {
  if (head === undefined) return { last, events: last.number === 0 ? [] : [{ event: 'no head' }] };
  if (head.number > last.number) {
    const event = { event: 'missing lines', from: last.number + 1, to: head.number } as const;
    return { last: { ...last, number: head.number }, events: [event] };
  }
  const isChanged = head.number === last.number && head.hash !== last.hash;
  return { last, events: isChanged ? [{ event: 'changed line' }] : [] };
}
