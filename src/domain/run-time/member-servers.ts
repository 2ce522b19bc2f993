import {
  type AdministrativeState,
  administrativeState,
  field,
  type Row,
  readDump,
  serverOf,
} from '../haproxy/servers-dump.ts';
import { hasServer, type ServerName, type ServerNames } from './run-time-record.ts';

/** One server of a member: a member is a server of the same name in each backend that uses its pool. */
export interface MemberServer extends ServerName {
  /** numbers of its backend and of itself, as in `show stat`; haproxy's texts have them without a sign */
  readonly backendNumber: string;
  readonly serverNumber: string;
  readonly state: AdministrativeState;
  /** whether another server of its backend gets new connections */
  readonly hasOthers: boolean;
}

/**
 * Finds the servers of a member in the answer to `show servers state`.
 * @param absent servers that no configuration in force names
 * @returns empty for an unknown member; undefined for an answer in an unknown form
 */
export function memberServers(dump: string, absent: ServerNames, member: string): MemberServer[] | undefined {
  const rows = readDump(dump)?.rows.filter((row) => !hasServer(absent, serverOf(row)));
  if (rows === undefined) return undefined;
  return rows
    .filter((row) => field(row, 'srv_name') === member)
    .map((row) => {
      const backend = field(row, 'be_name') ?? '';
      return {
        backend,
        server: member,
        backendNumber: field(row, 'be_id') ?? '',
        serverNumber: field(row, 'srv_id') ?? '',
        state: administrativeState(row),
        hasOthers: rows.some(
          (other) => other !== row && field(other, 'be_name') === backend && getsConnections(other),
        ),
      };
    });
}

/** Values of srv_op_state (haproxy management guide, section 9.3): starting and running. */
const OPERATING: ReadonlySet<string | undefined> = new Set(['1', '2']);

const getsConnections = (row: Row): boolean =>
  administrativeState(row) === 'ready' &&
  OPERATING.has(field(row, 'srv_op_state')) &&
  Number(field(row, 'srv_uweight')) > 0;
