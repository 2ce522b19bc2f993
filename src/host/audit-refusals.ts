import type { AuditedRequest, FurtherRefusals } from '../domain/audit/audit-line.ts';
import { dueRefusals, nextDue, type RecentRefusals, withRefusal } from '../domain/audit/refusal-limit.ts';

/** Counts the refused requests that have no lines of their own in the audit log. */
export interface RefusalCounts {
  /** @returns whether the request gets a line of its own */
  add(request: AuditedRequest): boolean;
  /** Gives out all numbers that have no line yet. */
  end(): void;
}

/** @param give receives a line with a number, at most once a minute for each certificate */
export function createRefusalCounts(give: (line: FurtherRefusals) => void): RefusalCounts {
  let recent: RecentRefusals = new Map();
  let timer: NodeJS.Timeout | undefined;
  const giveDue = (now: number): void => {
    const due = dueRefusals(recent, now);
    recent = due.recent;
    for (const line of due.lines) give(line);
  };
  const giveLater = (): void => {
    const next = nextDue(recent);
    if (timer !== undefined || next === undefined) return;
    const look = (): void => {
      timer = undefined;
      giveDue(performance.now());
      giveLater();
    };
    timer = setTimeout(look, next - performance.now()).unref();
  };
  return {
    add(request) {
      const decided = withRefusal(recent, request, performance.now());
      recent = decided.recent;
      giveLater();
      return decided.hasOwnLine;
    },
    end() {
      clearTimeout(timer);
      timer = undefined;
      giveDue(Number.POSITIVE_INFINITY);
      recent = new Map();
    },
  };
}
