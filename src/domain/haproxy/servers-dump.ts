import { readAddress } from '../network/addresses.ts';
import type { ServerName } from '../run-time/run-time-record.ts';
import type { ConfiguredServer } from './configured-servers.ts';

/** Columns of `show servers state` of haproxy 2.2 to 3.2 (management guide, section 9.3). */
const COLUMNS = [
  'be_id',
  'be_name',
  'srv_id',
  'srv_name',
  'srv_addr',
  'srv_op_state',
  'srv_admin_state',
  'srv_uweight',
  'srv_iweight',
  'srv_time_since_last_change',
  'srv_check_status',
  'srv_check_result',
  'srv_check_health',
  'srv_check_state',
  'srv_agent_state',
  'bk_f_forced_id',
  'srv_f_forced_id',
  'srv_fqdn',
  'srv_port',
  'srvrecord',
  'srv_use_ssl',
  'srv_check_port',
  'srv_check_addr',
  'srv_agent_addr',
  'srv_agent_port',
] as const;
export type Column = (typeof COLUMNS)[number];
export const POSITIONS: ReadonlyMap<Column, number> = new Map(
  COLUMNS.map((column, index) => [column, index]),
);

/** Columns that hold texts, not numbers. */
const TEXTS: ReadonlySet<Column> = new Set([
  'be_name',
  'srv_name',
  'srv_addr',
  'srv_fqdn',
  'srvrecord',
  'srv_check_addr',
  'srv_agent_addr',
]);
/** The last column of haproxy 2.2. Later versions have more. */
const LAST_OF_ALL_VERSIONS: Column = 'srvrecord';
export const VERSION = '1';

/** The fields of a row before the one that grows each second. */
const BEFORE_TIME = COLUMNS.indexOf('srv_time_since_last_change');
const TIME_OF_ROW = new RegExp(`^((?:\\S+ ){${BEFORE_TIME}})\\d+ `, 'gm');

/** Returns a dump without the times since the last changes, so that it is equal as long as nothing changes. */
export const withoutTimes = (dump: string): string => dump.replace(TIME_OF_ROW, '$1');

/** Bits of srv_admin_state (haproxy management guide, section 9.3, `show servers state`). */
export const ADMIN = { maintenance: 1, maintenanceByConfiguration: 4, drain: 8 } as const;
/** Bits of srv_check_state and srv_agent_state: the check is configured, and it is enabled. */
const CHECK_CONFIGURED = 2;
const CHECK_ENABLED = 4;

/** The fields of one server, in the order of COLUMNS. */
export type Row = readonly string[];

/** @returns undefined for a column that this version of haproxy lacks */
export const field = (row: Row, column: Column): string | undefined => row[POSITIONS.get(column) ?? -1];

/** Returns the name of the server that a row is about. */
export const serverOf = (row: Row): ServerName => ({
  backend: field(row, 'be_name') ?? '',
  server: field(row, 'srv_name') ?? '',
});

/** The state that an administrator, a controller or a drain gave to a server. */
export type AdministrativeState = 'ready' | 'drain' | 'maintenance';

/**
 * Returns the state that somebody gave to a server. The bit for `disabled` in the configuration stays set when such a server
 * gets ready, so it says nothing about the present state (measured with 2.6 and 3.0).
 */
export function administrativeState(row: Row): AdministrativeState {
  const admin = Number(field(row, 'srv_admin_state'));
  if ((admin & ADMIN.maintenance) !== 0) return 'maintenance';
  return (admin & ADMIN.drain) === 0 ? 'ready' : 'drain';
}

/** Reads the answer to `show servers state`. @returns undefined for an incomplete dump, and for a dump with an unknown column */
export function readDump(
  dump: string,
): { readonly header: string; readonly rows: readonly Row[] } | undefined {
  const [version, header = '', ...lines] = dump.split('\n');
  const [mark, ...names] = header.split(' ');
  const columns = COLUMNS.slice(0, names.length);
  const isKnown = columns.includes(LAST_OF_ALL_VERSIONS) && columns.join() === names.join();
  if (version !== VERSION || mark !== '#' || !isKnown || lines.pop() !== '') return undefined;
  const given = lines.filter((line) => line !== '');
  const form = new RegExp(`^${columns.map((column) => (TEXTS.has(column) ? '[^ ]+' : '-?\\d+')).join(' ')}$`);
  if (!given.every((line) => form.test(line))) return undefined;
  return { header, rows: given.map((line) => line.split(' ')) };
}

/**
 * Whether `disable health` or `disable agent` switched a check off. The check of a server added at run time starts like
 * that.
 */
export function isSwitchedOff(row: Row, column: Column): boolean {
  const state = Number(field(row, column));
  return (state & CHECK_CONFIGURED) !== 0 && (state & CHECK_ENABLED) === 0;
}

/** Whether a running server has the address, the use of TLS and the check of its configuration. */
export function runsAsConfigured(row: Row, server: ConfiguredServer): boolean {
  const tls = field(row, 'srv_use_ssl');
  return (
    isAt(field(row, 'srv_addr'), server.address) &&
    Number(field(row, 'srv_port')) === server.port &&
    (tls === undefined || (tls === '1') === server.usesTls) &&
    isAt(field(row, 'srv_check_addr'), server.checkAddress) &&
    Number(field(row, 'srv_check_port') ?? server.checkPort) === server.checkPort
  );
}

/** @param shown by haproxy, `-` for none; undefined when this version has no such column @param address in any spelling */
function isAt(shown: string | undefined, address: string | undefined): boolean {
  if (shown === undefined || shown === address) return true;
  if (address === undefined) return shown === '-';
  const [one, other] = [readAddress(shown), readAddress(address)];
  return 'value' in one && 'value' in other && one.value === other.value;
}
