import { type ConfiguredServer, isCheckedAlike, readServer, serverLines } from './configured-servers.ts';
import {
  ADMIN,
  type Column,
  field,
  isSwitchedOff,
  POSITIONS,
  type Row,
  readDump,
  runsAsConfigured,
  VERSION,
} from './servers-dump.ts';

/** The content of an empty state file. haproxy 2.6 warns about a file without a version, and about a missing file. */
export const NO_SERVERS_STATE = `${VERSION}\n`;

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

function keepsHealth(row: Row, server: ConfiguredServer): boolean {
  if (!server.isChecked || isSwitchedOff(row, 'srv_check_state') || isSwitchedOff(row, 'srv_agent_state'))
    return false;
  const held = Number(field(row, 'srv_admin_state')) & ~ADMIN.maintenanceByConfiguration;
  return (held === 0 || server.isDisabled) && runsAsConfigured(row, server);
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
