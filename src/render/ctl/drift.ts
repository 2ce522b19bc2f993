import { driftResult, unseenLine } from '../../domain/drift/drift-report.ts';
import type { DriftFacts, DriftRepairFacts } from '../../schemas/ctl-facts.ts';
import type { Block } from './blocks.ts';

const HEAD = ['kind', 'object', 'wanted', 'seen', 'since', 'repair'];

/** Shows the differences between what the amphora should have and what it has. */
export function driftBlocks(facts: DriftFacts): Block[] {
  const { mode, checked_at, items, unseen = [] } = facts;
  const checked = checked_at === null ? 'not checked yet' : `checked ${checked_at}`;
  const gaps = unseen.map(unseenLine);
  if (items.length === 0) {
    const result = driftResult(facts) === 'unknown' ? 'drift is not known' : 'no drift';
    return [`${result} (mode ${mode}, ${checked})`, ...gaps];
  }
  const rows = items.map((item) => [
    item.kind,
    item.object,
    ...[item.wanted, item.seen, item.since, item.repair].map(valueText),
  ]);
  return [`drift of ${items.length} objects (mode ${mode}, ${checked})`, { head: HEAD, rows }, ...gaps];
}

const REPAIR_HEAD = ['kind', 'object', 'wanted', 'seen', 'repair', 'result'];

/** Shows the results of a repair. */
export function driftRepairBlocks({ items }: DriftRepairFacts): Block[] {
  if (items.length === 0) return ['nothing to repair'];
  const rows = items.map((item) => [
    item.kind,
    item.object,
    ...[item.wanted, item.seen, item.repair, item.result].map(valueText),
  ]);
  return [{ head: REPAIR_HEAD, rows }];
}

const MENDED = ['repaired', 'gone'];

/** Whether a repair left no difference. */
export const isMended = ({ items }: DriftRepairFacts): boolean =>
  items.every(({ result }) => MENDED.includes(result));

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.map(valueText).join('\n');
  return typeof value === 'object' ? JSON.stringify(value) : `${value}`;
}
