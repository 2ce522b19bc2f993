import type { MemberChange } from './member-walk.ts';

/** What haproxy's `show stat` has of a server. */
export interface StatRow {
  readonly status: string;
  /** its effective weight */
  readonly weight: number;
}

/** Reads haproxy's `show stat` (management guide, section 9.1). @returns the servers by name */
export function serverRows(csv: string): Map<string, StatRow> {
  const [head = '', ...lines] = csv.split('\n');
  const columns = head.replace(/^# /, '').split(',');
  const [name, status, weight] = ['svname', 'status', 'weight'].map((column) => columns.indexOf(column));
  return new Map(
    lines
      .map((line) => line.split(','))
      .filter((cells) => cells.length > 1)
      .map((cells) => [
        cells[name ?? -1] ?? '',
        { status: cells[status ?? -1] ?? '', weight: Number(cells[weight ?? -1]) },
      ]),
  );
}

/** Returns whether haproxy serves with a change. A removed member is not listed, or it is in maintenance. */
export function isInForce(change: MemberChange, rows: ReadonlyMap<string, StatRow>): boolean {
  const row = rows.get(change.id);
  const isOut = row?.status.startsWith('MAINT') === true;
  switch (change.kind) {
    case 'weight':
      return row?.weight === change.weight;
    case 'disable':
      return isOut;
    case 'remove':
      // an empty answer says nothing
      return rows.size > 0 && (row === undefined || isOut);
    default:
      return row?.status.startsWith('UP') === true;
  }
}
