import Table from 'cli-table3';
import type { Answer } from '../interop/driver/steps.ts';
import { isObject } from './different-parts.ts';

/** One step on an amphora of one kind, answered by both agents. */
export interface Row {
  readonly step: string;
  readonly call: string;
  readonly kind: string;
  readonly ours: Answer;
  readonly theirs: Answer;
  /** see differentParts() */
  readonly parts: readonly string[];
  /** undefined where no difference is expected */
  readonly why: string | undefined;
}

const WIDTHS = [28, 22, 44, 44, 40];
const LONGEST_BODY = 240;

/** Steps in the order in which they were played, each with all kinds below each other. */
export function comparisonTable(rows: readonly Row[]): string {
  const drawn = new Table({
    head: ['step', 'amphora', 'amphora-agent', 'octavia-agent', 'same?'],
    style: { head: [], border: [] },
    colWidths: WIDTHS,
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const step of new Set(rows.map((row) => row.step))) {
    for (const row of rows.filter((one) => one.step === step)) drawn.push(cells(row));
  }
  const different = rows.filter(({ parts }) => parts.length > 0).length;
  return `${drawn.toString()}\n${rows.length} answers, ${different} of them different`;
}

function cells({ step, call, kind, ours, theirs, parts, why }: Row): string[] {
  const named = step.includes(call) ? step : `${call}: ${step}`;
  if (parts.length === 0) return [named, kind, text(ours, parts), '=', 'same'];
  return [named, kind, text(ours, parts), text(theirs, parts), `different: ${why ?? 'NOT LISTED'}`];
}

/** @param parts of a long body that is different only these are shown */
function text({ status, body, raised }: Answer, parts: readonly string[]): string {
  if (status === undefined) return `no answer (${raised})`;
  const whole = asText(body);
  const words = whole.length > LONGEST_BODY && parts.length > 0 ? asText(onlyParts(body, parts)) : whole;
  return `${status} ${words.length > LONGEST_BODY ? `${words.slice(0, LONGEST_BODY)}…` : words}`;
}

const asText = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

function onlyParts(body: unknown, parts: readonly string[]): unknown {
  if (!isObject(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([key]) => parts.includes(key)));
}
