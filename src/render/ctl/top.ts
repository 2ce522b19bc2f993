import { printable } from '../../domain/text/printable.ts';
import type { StatisticsFacts, StatusFacts } from '../../schemas/ctl-facts.ts';
import { bytesText, numberText, spanText } from './blocks.ts';
import { allLoadBalancers, memberCells } from './members.ts';
import { heartbeatsText } from './status.ts';

/** What `top` shows. */
export interface TopFacts {
  readonly status: StatusFacts;
  readonly statistics: StatisticsFacts;
  /** the statistics before, for the rates of bytes; undefined at first */
  readonly previous: StatisticsFacts | undefined;
}

/** The size of the terminal, in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

type LoadBalancerFacts = StatisticsFacts['load_balancers'][number];
type ListenerFacts = LoadBalancerFacts['listeners'][number];

/** Returns the lines of a frame, each within the width of the terminal, and as many as its height allows. */
export function topFrame(facts: TopFacts, size: ScreenSize): string[] {
  const lines = topLines(facts).map((line) => printable(line).slice(0, size.columns));
  if (lines.length <= size.rows) return lines;
  const shown = lines.slice(0, size.rows - 1);
  return [...shown, `… ${lines.length - shown.length} more lines`.slice(0, size.columns)];
}

/** Returns all lines, of any length. */
export function topLines({ status, statistics, previous }: TopFacts): string[] {
  const all = allLoadBalancers(statistics);
  const { agent } = statistics;
  return [
    `amphora ${status.amphora} (${status.hostname})  ${status.ready ? 'READY' : 'NOT READY'}  ${statistics.time}`,
    `agent ${status.versions.agent}, up ${spanText(agent.uptime_seconds)}, memory ${bytesText(agent.memory_bytes)}  haproxy ${status.versions.haproxy}`,
    `heartbeats ${heartbeatsText(status.heartbeats)}`,
    reloadsLine(status.reloads),
    ...status.reasons.map((reason) => `! ${reason}`),
    '',
    ...columns([LISTENER_HEAD, ...all.flatMap((one) => listenerRows(one, statistics, previous))]),
    '',
    ...columns([MEMBER_HEAD, ...all.flatMap(({ members }) => members.map(memberCells))]),
  ];
}

function reloadsLine({ avoided, needed, recent }: StatusFacts['reloads']): string {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const [last] = recent;
  const lastText = last === undefined ? '' : `, last ${last.time} ${last.result}`;
  return `reloads ${sum(needed)} needed, ${sum(avoided)} avoided${lastText}`;
}

const LISTENER_HEAD = ['LISTENER', 'STATUS', 'SESSIONS', 'SESSIONS/s', 'IN/s', 'OUT/s', 'ERRORS'];

function listenerRows(
  { id, answers, listeners }: LoadBalancerFacts,
  now: StatisticsFacts,
  previous: StatisticsFacts | undefined,
): string[][] {
  if (!answers) return [[id, 'NO ANSWER', '-', '-', '-', '-', '-']];
  const before = previous && allLoadBalancers(previous).find((one) => one.id === id)?.listeners;
  const seconds = previous === undefined ? 0 : (Date.parse(now.time) - Date.parse(previous.time)) / 1000;
  return listeners.map((listener) => {
    const earlier = before?.find((one) => one.id === listener.id);
    const rate = (field: 'bytes_in' | 'bytes_out'): string =>
      bytesText(rateOf(listener, earlier, { field, seconds }));
    return [
      listener.id,
      listener.status,
      numberText(listener.sessions),
      numberText(listener.session_rate),
      rate('bytes_in'),
      rate('bytes_out'),
      numberText(listener.errors),
    ];
  });
}

/** Returns bytes a second; null without an earlier value, and after a reload, when counters begin at 0. */
function rateOf(
  now: ListenerFacts,
  earlier: ListenerFacts | undefined,
  { field, seconds }: { readonly field: 'bytes_in' | 'bytes_out'; readonly seconds: number },
): number | null {
  const [value, before] = [now[field], earlier?.[field]];
  if (value === null || before === null || before === undefined || seconds <= 0 || value < before)
    return null;
  return (value - before) / seconds;
}

const MEMBER_HEAD = ['MEMBER', 'ADDRESS', 'STATE', 'WEIGHT', 'SESSIONS', 'QUEUE', 'SESSIONS/s', 'CHECK'];

/** Returns rows with aligned columns. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map(printable));
  const widths = (clean[0] ?? []).map((_, index) => Math.max(...clean.map((row) => row[index]?.length ?? 0)));
  return clean.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
