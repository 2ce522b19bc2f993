import { NO_SERVERS, type ServerNames } from '../run-time/run-time-record.ts';
import { parseCsv } from '../text/csv.ts';
import { isInternalProxy } from './haproxy-text.ts';
import { field, readDump } from './servers-dump.ts';
import { UnusableStatistics } from './statistics.ts';

/** A listener at this moment. A value that haproxy doesn't report is null. */
export interface LiveListener {
  readonly id: string;
  /** haproxy's own status: `OPEN`, `FULL`, … */
  readonly status: string;
  /** open sessions */
  readonly sessions: number | null;
  /** new sessions in the last second */
  readonly session_rate: number | null;
  readonly sessions_total: number | null;
  readonly bytes_in: number | null;
  readonly bytes_out: number | null;
  /** broken requests */
  readonly errors: number | null;
}

/** A member at this moment. A value that haproxy doesn't report is null. */
export interface LiveMember {
  readonly id: string;
  readonly pool: string;
  readonly listener: string;
  readonly address: string | null;
  /** haproxy's own status: `UP`, `DOWN`, `DRAIN`, `MAINT`, `no check`, `UP 1/3`, … */
  readonly status: string;
  readonly weight: number | null;
  /** open sessions */
  readonly sessions: number | null;
  /** requests that wait for this member */
  readonly queue: number | null;
  readonly session_rate: number | null;
  readonly sessions_total: number | null;
  /** the result of the last health check, for example `L4CON Connection refused` */
  readonly check: string | null;
  /** seconds since the last change of the status */
  readonly changed_seconds: number | null;
}

export interface LiveHaproxy {
  readonly listeners: readonly LiveListener[];
  readonly members: readonly LiveMember[];
}

/** Values of the `type` column (management manual, section 9.1). */
const FRONTEND = '0';
const SERVER = '2';

type StatRow = ReadonlyMap<string, string>;

/** The servers that a table leaves out, and what haproxy reports in other answers only. */
export interface ServerFacts {
  /** servers that are left out; default: none */
  readonly absent?: ServerNames;
  /** addresses as serverAddresses() returns them; default: none is known */
  readonly addresses?: ReadonlyMap<string, string>;
}

/**
 * Reads the table of haproxy's answer to `show stat`.
 * @param table from its header on
 * @param ownId the id of that haproxy: the listener of each pool whose name contains no listener (API 0.5)
 * @throws UnusableStatistics unless the table has a header and is complete
 */
export function readLiveStatistics(
  table: string,
  ownId: string,
  { absent = NO_SERVERS, addresses = new Map() }: ServerFacts = {},
): LiveHaproxy {
  const rows = statRows(table).filter((row) => !isInternalProxy(textAt(row, 'pxname')));
  const isPresent = (row: StatRow): boolean =>
    absent.get(textAt(row, 'pxname'))?.has(textAt(row, 'svname')) !== true;
  return {
    listeners: rows.filter((row) => row.get('type') === FRONTEND).map(liveListener),
    members: rows
      .filter((row) => row.get('type') === SERVER && isPresent(row))
      .map((row) => ({
        ...liveMember(row, ownId),
        address: addresses.get(serverKey(textAt(row, 'pxname'), textAt(row, 'svname'))) ?? null,
      })),
  };
}

/**
 * Returns the address and port of each server, by backend and name. `show stat` has no addresses on a socket of level `user`.
 * @param dump answer to `show servers state` @returns an empty map for an answer in an unknown form
 */
export function serverAddresses(dump: string): ReadonlyMap<string, string> {
  const rows = readDump(dump)?.rows ?? [];
  return new Map(
    rows.map((row) => {
      const address = field(row, 'srv_addr') ?? '';
      const host = address.includes(':') ? `[${address}]` : address;
      const key = serverKey(field(row, 'be_name') ?? '', field(row, 'srv_name') ?? '');
      return [key, `${host}:${field(row, 'srv_port')}`];
    }),
  );
}

const serverKey = (backend: string, server: string): string => `${backend}/${server}`;

function statRows(table: string): StatRow[] {
  if (!table.startsWith('# ')) throw new UnusableStatistics('the answer has no header');
  if (!table.endsWith('\n\n')) throw new UnusableStatistics('the answer was cut off');
  const headerEnd = table.indexOf('\n');
  const header = table.slice(2, headerEnd).split(',');
  const rows = parseCsv(table.slice(headerEnd + 1, -1));
  if (rows === undefined) throw new UnusableStatistics('the answer is not CSV');
  return rows.map((fields) => new Map(header.map((name, index) => [name, fields[index] ?? ''])));
}

const liveListener = (row: StatRow): LiveListener => ({
  id: textAt(row, 'pxname'),
  status: textAt(row, 'status'),
  sessions: numberAt(row, 'scur'),
  session_rate: numberAt(row, 'rate'),
  sessions_total: numberAt(row, 'stot'),
  bytes_in: numberAt(row, 'bin'),
  bytes_out: numberAt(row, 'bout'),
  errors: numberAt(row, 'ereq'),
});

function liveMember(row: StatRow, ownId: string): Omit<LiveMember, 'address'> {
  const [pool = '', listener = ownId] = textAt(row, 'pxname').split(':', 2);
  const [status, weight] = [textAt(row, 'status'), numberAt(row, 'weight')];
  const check = [textAt(row, 'check_status'), textAt(row, 'check_code'), textAt(row, 'last_chk')];
  return {
    ...{ id: textAt(row, 'svname'), pool, listener, weight },
    status: status === 'UP' && weight === 0 ? 'DRAIN' : status,
    sessions: numberAt(row, 'scur'),
    queue: numberAt(row, 'qcur'),
    session_rate: numberAt(row, 'rate'),
    sessions_total: numberAt(row, 'stot'),
    check: check.filter((part) => part !== '').join(' ') || null,
    changed_seconds: numberAt(row, 'lastchg'),
  };
}

const textAt = (row: StatRow, column: string): string => row.get(column) ?? '';

function numberAt(row: StatRow, column: string): number | null {
  const text = textAt(row, column);
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : null;
}
