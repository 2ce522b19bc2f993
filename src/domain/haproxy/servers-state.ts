import { readAddress } from '../network/addresses.ts';
import { type ConfiguredServer, isCheckedAlike, readServer, serverLines } from './configured-servers.ts';

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
type Column = (typeof COLUMNS)[number];
const POSITIONS: ReadonlyMap<Column, number> = new Map(COLUMNS.map((column, index) => [column, index]));

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
const VERSION = '1';

/** The content of an empty state file. haproxy 2.6 warns about a file without a version, and about a missing file. */
export const NO_SERVERS_STATE = `${VERSION}\n`;

/** Bit of srv_admin_state: in maintenance because the configuration says `disabled`. */
const MAINTENANCE_BY_CONFIGURATION = 4;
/** Bits of srv_check_state and srv_agent_state: the check is configured, and it is enabled. */
const CHECK_CONFIGURED = 2;
const CHECK_ENABLED = 4;

/** Values with which haproxy keeps the settings of its configuration. */
const LEFT_TO_THE_CONFIGURATION: ReadonlyMap<Column, string> = new Map([
  ['srv_admin_state', '0'],
  ['srv_check_port', '0'],
  ['srv_check_addr', '-'],
  ['srv_agent_addr', '-'],
  ['srv_agent_port', '0'],
]);

/**
 * Builds a state file that carries over only the health of servers and leaves the configuration in force.
 *
 * haproxy lets these values of a state file override its configuration: maintenance, weight, port, use of TLS, address and
 * port of the check (haproxy/haproxy#1412, #2103, #2401, #3296; #2506 requests the behaviour of this function). A server
 * that is missing in the file starts like a new server.
 *
 * A server is left out in each of these cases:
 * - The next configuration doesn't have it.
 * - The two configurations check it differently, or don't check it. Its health would be meaningless, and nothing would
 *   change it.
 * - It is in maintenance or drained, and the next configuration enables it.
 * - It runs with another address, port, use of TLS or check than in the next configuration, because somebody changed that
 *   at run time, or because of an earlier state file.
 * Each remaining server gets the weight of the next configuration, no maintenance (`disabled` in the configuration still
 * counts), and no address and port of its check.
 * @param dump answer to `show servers state` @param running text of the running configuration; undefined when it is unknown
 * @param next text of the next configuration
 * @returns the content of the state file; undefined for a dump in an unknown format
 */
export function serversStateFor(dump: string, running: string | undefined, next: string): string | undefined {
  const table = readDump(dump);
  if (table === undefined) return undefined;
  const wanted = serverLines(next);
  const ran = running === next ? wanted : serverLines(running ?? '');
  const kept = table.rows.flatMap((row) => {
    const [backend = '', name = ''] = [field(row, 'be_name'), field(row, 'srv_name')];
    const [before, after] = [ran.get(backend)?.get(name), wanted.get(backend)?.get(name)];
    if (before === undefined || after === undefined || !isCheckedAlike(before, after)) return [];
    const server = readServer(after);
    return server !== undefined && keepsHealth(row, server) ? [rewritten(row, server)] : [];
  });
  return [VERSION, table.header, ...kept, ''].join('\n');
}

/** The fields of one server, in the order of COLUMNS. */
type Row = readonly string[];

/** @returns undefined for a column that this version of haproxy lacks */
const field = (row: Row, column: Column): string | undefined => row[POSITIONS.get(column) ?? -1];

/** @returns undefined for an incomplete dump, and for a dump with an unknown column */
function readDump(dump: string): { readonly header: string; readonly rows: readonly Row[] } | undefined {
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

function keepsHealth(row: Row, server: ConfiguredServer): boolean {
  if (!server.isChecked || isSwitchedOff(row, 'srv_check_state') || isSwitchedOff(row, 'srv_agent_state'))
    return false;
  const held = Number(field(row, 'srv_admin_state')) & ~MAINTENANCE_BY_CONFIGURATION;
  return (held === 0 || server.isDisabled) && runsAsConfigured(row, server);
}

/**
 * Whether `disable health` or `disable agent` switched a check off. The check of a server added at run time starts like
 * that.
 */
function isSwitchedOff(row: Row, column: Column): boolean {
  const state = Number(field(row, column));
  return (state & CHECK_CONFIGURED) !== 0 && (state & CHECK_ENABLED) === 0;
}

function runsAsConfigured(row: Row, server: ConfiguredServer): boolean {
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

function rewritten(row: Row, { weight }: ConfiguredServer): string {
  const fields = [...row];
  const put = (column: Column, value: string): void => {
    const position = POSITIONS.get(column) ?? row.length;
    if (position < row.length) fields[position] = value;
  };
  put('srv_uweight', `${weight}`);
  put('srv_iweight', `${weight}`);
  for (const [column, value] of LEFT_TO_THE_CONFIGURATION) put(column, value);
  return fields.join(' ');
}
