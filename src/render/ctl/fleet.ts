import { type DriftResult, driftResult, unseenLine } from '../../domain/drift/drift-report.ts';
import type { FleetHost, SkippedHost } from '../../domain/fleet/fleet-host.ts';
import { printable } from '../../domain/text/printable.ts';
import type { DriftFacts, StatusFacts } from '../../schemas/ctl-facts.ts';
import { type Block, spanText } from './blocks.ts';

const BAR_WIDTH = 24;

/** Returns a line that shows how far a work is: a bar, and the numbers of amphorae. */
export function progressText({
  title,
  total,
  done,
  failed,
}: {
  readonly title: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}): string {
  const full = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total);
  const faults = failed === 0 ? '' : `, ${failed} failed`;
  return `${title} ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${done} of ${total}${faults}`;
}

/** One amphora in the answer of a fleet, as `--json` prints it. `result` is a word or two. */
export interface FleetEntry {
  readonly amphora: string;
  readonly address: string;
  readonly result: string;
  /** why it is so; null where nothing is to say */
  readonly reason: string | null;
  /** what the subcommand shows of it; without an answer it is missing */
  readonly facts?: object;
}

/** What a subcommand shows of an amphora: facts for JSON, and the cells behind `result`. */
export interface FleetView {
  readonly result: string;
  readonly reason: string | null;
  readonly facts: object;
  readonly cells: readonly string[];
}

export const STATUS_HEAD = ['load balancer', 'VIP', 'agent', 'haproxy', 'heartbeat'];

/** Shows the status of one amphora of a fleet. */
export function statusView(status: StatusFacts): FleetView {
  const { versions, heartbeats, drift } = status;
  const balancers = [...status.load_balancers, ...status.udp_and_sctp_listeners].map(({ id }) => id);
  const holders = [...new Set((status.vips ?? []).map(({ holder }) => holder))];
  const age = heartbeats.seconds_since_last;
  return {
    result: status.ready ? 'ready' : 'not ready',
    reason: status.reasons[0] ?? null,
    facts: {
      ...{
        ready: status.ready,
        reasons: status.reasons,
        load_balancers: balancers,
        vips: status.vips ?? null,
      },
      ...{ versions, heartbeats, drift: drift?.items.length ?? null, upgrade: status.upgrade ?? null },
    },
    cells: [
      ...[balancers.join('\n'), holders.join('\n'), versions.agent, versions.haproxy],
      age === null ? 'never' : `${spanText(age)} ago`,
    ],
  };
}

export const DRIFT_HEAD = ['mode', 'checked', 'objects', 'not looked at'];
const SHOWN_ITEMS = 3;
/** Bounds the memory of a fleet whose amphorae all have much drift. */
const KEPT_ITEMS = 100;

/** Shows the drift of one amphora of a fleet. */
export function driftView(facts: DriftFacts): FleetView & { readonly result: DriftResult } {
  const { mode, checked_at, items, unseen } = facts;
  const [gap] = unseen ?? [];
  const names = items.slice(0, SHOWN_ITEMS).map(({ kind, object }) => `${kind} ${object}`);
  const more = items.length - names.length;
  return {
    result: driftResult(facts),
    reason: gap === undefined ? null : unseenLine(gap),
    facts: {
      ...{ mode, checked_at, number: items.length, items: items.slice(0, KEPT_ITEMS) },
      parts_not_looked_at: unseen?.length ?? null,
    },
    cells: [
      ...[mode, checked_at ?? 'never', [...names, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')],
      `${unseen?.length ?? ''}`,
    ],
  };
}

/** Shows the archive of one amphora of a fleet. */
export const diagnosticsView = (file: string): FleetView => ({
  ...{ result: 'stored', reason: null, facts: { file }, cells: [file] },
});
export const DIAGNOSTICS_HEAD = ['archive'];

/** A row of a fleet's table: the amphora, and cells of the subcommand. */
export interface FleetRow {
  readonly host: Pick<FleetHost, 'amphora' | 'address'>;
  readonly result: string;
  readonly reason: string | null;
  readonly cells: readonly string[];
}

/** Shows a fleet: a table, and how many amphorae have which result. */
export function fleetBlocks(
  head: readonly string[],
  rows: readonly FleetRow[],
  skipped: readonly SkippedHost[],
): Block[] {
  const made = rows.map(({ host, result, reason, cells }) => [
    ...[host.amphora, host.address, result],
    ...(cells.length === 0 ? head.map(() => '') : cells),
    reason === null ? '' : wrapped(reason),
  ]);
  return [
    { head: ['amphora', 'address', 'result', ...head, 'reason'], rows: made },
    ...skipped.map(({ amphora, reason }) => `left out: ${amphora}: ${reason}`),
    summaryText(rows),
  ];
}

function summaryText(rows: readonly FleetRow[]): string {
  const counts = Map.groupBy(rows, ({ result }) => result);
  const parts = [...counts].map(([result, of]) => `${of.length} ${result}`);
  return `${rows.length} ${rows.length === 1 ? 'amphora' : 'amphorae'}: ${parts.join(', ')}`;
}

const REASON_WIDTH = 60;

/** Breaks a reason into lines that leave room for the rest of the table. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < REASON_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
