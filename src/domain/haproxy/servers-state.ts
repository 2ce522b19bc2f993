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

/** Columns that are no numbers. */
const TEXTS: ReadonlySet<Column> = new Set([
  'be_name',
  'srv_name',
  'srv_addr',
  'srv_fqdn',
  'srvrecord',
  'srv_check_addr',
  'srv_agent_addr',
]);
/** haproxy 2.2 has no columns behind this one. */
const LAST_OF_ALL_VERSIONS: Column = 'srvrecord';
const VERSION = '1';

/** The content of an empty state file. haproxy 2.6 warns about a file that has no version, and about a missing file. */
export const NO_SERVERS_STATE = `${VERSION}\n`;

/** Bit of srv_admin_state: in maintenance because the configuration says `disabled`. */
const MAINTENANCE_BY_CONFIGURATION = 4;
/** Bits of srv_check_state and srv_agent_state: there is a check, and it isn't switched off. */
const CHECK_CONFIGURED = 2;
const CHECK_ENABLED = 4;

/** With these values in the file haproxy keeps what its configuration says. */
const LEFT_TO_THE_CONFIGURATION: ReadonlyMap<Column, string> = new Map([
  ['srv_admin_state', '0'],
  ['srv_check_port', '0'],
  ['srv_check_addr', '-'],
  ['srv_agent_addr', '-'],
  ['srv_agent_port', '0'],
]);

/**
 * Makes from the states of servers a state file that leaves the configuration as it is and brings only health.
 *
 * From its state file haproxy takes, over its configuration: maintenance, weight, port, use of TLS, address and port of the check
 * (haproxy/haproxy#1412, #2103, #2401, #3296; #2506 asks for what is done here). A server that isn't in the file starts as a new one.
 *
 * A server is left out where
 * - the next configuration doesn't have it,
 * - the two configurations check it in different ways, or don't check it: its health says nothing, and nothing would change it,
 * - it is in maintenance or drained, and the next configuration has it enabled,
 * - it runs with another address, port, use of TLS or check than the next configuration has: somebody changed that at run time, or an
 *   earlier state file did.
 * A server that stays gets the weight of the next configuration, no maintenance (`disabled` in the configuration still counts),
 * and no address and port of its check.
 * @param dump answer to `show servers state` @param running text of the configuration that runs; undefined where it isn't known
 * @param next text of the configuration that is about to run
 * @returns the content of the state file; undefined for a dump that isn't understood
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

/** the fields of one server, in the order of COLUMNS */
type Row = readonly string[];

/** @returns undefined for a column that this version of haproxy doesn't have */
const field = (row: Row, column: Column): string | undefined => row[POSITIONS.get(column) ?? -1];

/** @returns undefined where the dump isn't whole, or has a column whose meaning isn't known */
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

/** By `disable health` or `disable agent`. A server that is added at run time begins with its check switched off. */
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

/** @param shown by haproxy, `-` for none; undefined where this version shows none @param address in any spelling */
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
