import { endpoint } from '../network/endpoints.ts';
import { hasServer, NO_SERVERS, type ServerNames, serverKey } from '../run-time/run-time-record.ts';
import type { ShownStatus } from '../run-time/shown-drains.ts';
import { isInternalProxy } from './haproxy-text.ts';
import { field, readDump, serverOf } from './servers-dump.ts';
import { readStatTable } from './stat-table.ts';
import { memberStatus, poolName } from './statistics.ts';

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
  /** answers of status 500 to 599; null for a listener without HTTP */
  readonly responses_5xx: number | null;
  /** failed connections to members; null without a pool */
  readonly connection_errors: number | null;
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
const BACKEND = '1';
const SERVER = '2';

/** The columns that live statistics use (management manual, section 9.1). */
const COLUMNS = [
  ...([
    'pxname',
    'svname',
    'type',
    'status',
    'weight',
    'scur',
    'qcur',
    'rate',
    'stot',
    'bin',
    'bout',
  ] as const),
  ...(['ereq', 'econ', 'hrsp_5xx', 'check_status', 'check_code', 'last_chk', 'lastchg'] as const),
];
type Column = (typeof COLUMNS)[number];

/** Returns the value of a column in a row. */
type StatRow = (column: Column) => string;

/** How a report differs from the table, and what haproxy reports in other answers only. */
export interface ServerFacts {
  /** servers that are left out; default: none */
  readonly absent?: ServerNames;
  /** replaces the status of a server; default: haproxy's */
  readonly shown?: ShownStatus;
  /** addresses as serverAddresses() returns them; default: none is known */
  readonly addresses?: ReadonlyMap<string, string>;
}

/**
 * Reads the table of haproxy's answer to `show stat`.
 * @param table from its header on
 * @param ownId the id of that haproxy: the listener of each pool whose name contains no listener (API 0.5)
 * @throws UnusableStatistics as readStatTable() does
 */
export function readLiveStatistics(table: string, ownId: string, facts: ServerFacts = {}): LiveHaproxy {
  const { absent = NO_SERVERS } = facts;
  const { rows, at } = readStatTable(table, COLUMNS);
  const own = rows
    .map(
      (fields): StatRow =>
        (column) =>
          fields[at[column]] ?? '',
    )
    .filter((row) => !isInternalProxy(row('pxname')));
  const connectionErrors = errorsByListener(own, ownId);
  return {
    listeners: own
      .filter((row) => row('type') === FRONTEND)
      .map((row) => liveListener(row, connectionErrors.get(row('pxname')) ?? null)),
    members: own
      .filter(
        (row) =>
          row('type') === SERVER && !hasServer(absent, { backend: row('pxname'), server: row('svname') }),
      )
      .map((row) => liveMember(row, ownId, facts)),
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
      const [address = '', port = ''] = [field(row, 'srv_addr'), field(row, 'srv_port')];
      return [serverKey(serverOf(row)), endpoint(address, port)];
    }),
  );
}

/** Returns the sums of the failed connections of backends, by listener. haproxy counts them at backends only. */
function errorsByListener(rows: readonly StatRow[], ownId: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows.filter((one) => one('type') === BACKEND)) {
    const { listenerId } = poolName(row('pxname'), ownId);
    const errors = numberIn(row('econ'));
    if (errors !== null) sums.set(listenerId, (sums.get(listenerId) ?? 0) + errors);
  }
  return sums;
}

const liveListener = (row: StatRow, connectionErrors: number | null): LiveListener => ({
  id: row('pxname'),
  status: row('status'),
  sessions: numberIn(row('scur')),
  session_rate: numberIn(row('rate')),
  sessions_total: numberIn(row('stot')),
  bytes_in: numberIn(row('bin')),
  bytes_out: numberIn(row('bout')),
  errors: numberIn(row('ereq')),
  responses_5xx: numberIn(row('hrsp_5xx')),
  connection_errors: connectionErrors,
});

function liveMember(
  row: StatRow,
  ownId: string,
  { shown = (_backend, _server, status) => status, addresses }: ServerFacts,
): LiveMember {
  const [backend, id] = [row('pxname'), row('svname')];
  const { id: pool, listenerId: listener } = poolName(backend, ownId);
  const check = [row('check_status'), row('check_code'), row('last_chk')];
  return {
    ...{ id, pool, listener, weight: numberIn(row('weight')) },
    address: addresses?.get(serverKey({ backend, server: id })) ?? null,
    status: shown(backend, id, memberStatus({ status: row('status'), weight: row('weight') })),
    sessions: numberIn(row('scur')),
    queue: numberIn(row('qcur')),
    session_rate: numberIn(row('rate')),
    sessions_total: numberIn(row('stot')),
    check: check.filter((part) => part !== '').join(' ') || null,
    changed_seconds: numberIn(row('lastchg')),
  };
}

const numberIn = (text: string): number | null =>
  /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : null;
