import {
  type ConfiguredBackend,
  type ConfiguredServer,
  configuredBackends,
  readServer,
  type ServerLine,
} from '../haproxy/configured-servers.ts';
import {
  administrativeState,
  field,
  isSwitchedOff,
  type Row,
  readDump,
  runsAsConfigured,
  serverOf,
} from '../haproxy/servers-dump.ts';
import { readAddress } from '../network/addresses.ts';
import { countServerLines } from '../run-time/other-lines.ts';
import { hasServer, type ServerName, type ServerNames, serverKey } from '../run-time/run-time-record.ts';
import { setServer } from '../run-time/worker-commands.ts';

/** The members that a configuration names. */
export interface ConfiguredMembers {
  readonly backends: ReadonlyMap<string, ConfiguredBackend>;
  /** whether the configuration names every server by a line of its own */
  readonly isComplete: boolean;
}

/** A member that the worker has otherwise than the configuration in force. */
export interface MemberDrift {
  readonly wanted: string;
  readonly seen: string;
  /** a wrong weight moves traffic between members, everything else takes a member out or in */
  readonly weight: 'fault' | 'note';
  /** the commands that end the difference; undefined when only a reload does */
  readonly commands: readonly string[] | undefined;
}

/** The servers of one worker, and what the records of the agent say about them. */
export interface SeenMembers {
  readonly configured: ConfiguredMembers;
  /** the worker's answer to `show servers state` */
  readonly dump: string;
  /** removed servers, which stay in maintenance */
  readonly absent: ServerNames;
  /** servers with a drain, which are not compared */
  readonly drained: ServerNames;
}

/** Lua and a resolver of names change servers by themselves. */
const CHANGES_SERVERS = /^\s*(?:lua-load|server-template)\b/m;

/** Reads the members of a configuration. A text whose servers change by themselves has none. */
export function readConfiguredMembers(text: string): ConfiguredMembers {
  if (CHANGES_SERVERS.test(text)) return { backends: new Map(), isComplete: false };
  const backends = configuredBackends(text);
  const count = [...backends.values()].reduce((sum, { servers }) => sum + servers.size, 0);
  return { backends, isComplete: count === countServerLines(text) };
}

/**
 * Compares the members of a worker with the configuration in force: state and weight that an administrator may set, and what
 * only a reload can mend. The results of health checks do not count.
 * @returns undefined when haproxy shows its servers in an unknown form
 */
export function memberDrift(seen: SeenMembers): MemberDrift[] | undefined {
  const rows = readDump(seen.dump)?.rows;
  if (rows === undefined) return undefined;
  const listed = new Set(rows.map((row) => serverKey(serverOf(row))));
  const missing = [...seen.configured.backends].flatMap(([backend, { servers }]) =>
    [...servers.keys()].map((server) => ({ backend, server })).filter((name) => !listed.has(serverKey(name))),
  );
  return [
    ...rows.flatMap((row) => rowDrift(seen, serverOf(row), row)),
    ...missing.map((name) => otherwise(name, 'a server', 'no such server')),
  ];
}

function rowDrift({ configured, absent, drained }: SeenMembers, name: ServerName, row: Row): MemberDrift[] {
  const backend = configured.backends.get(name.backend);
  if (backend === undefined || hasServer(drained, name)) return [];
  const line = backend.servers.get(name.server);
  if (line !== undefined) return serverDrift(name, line, row);
  if (hasServer(absent, name)) return removedDrift(name, row);
  return configured.isComplete ? [otherwise(name, 'no such server', 'a server')] : [];
}

function serverDrift(name: ServerName, line: ServerLine, row: Row): MemberDrift[] {
  const server = readServer(line);
  // a health agent and a name server change servers by themselves
  if (server === undefined || line.words.includes('agent-check') || 'problem' in readAddress(server.address))
    return [];
  if (!runsAsConfigured(row, server))
    return [otherwise(name, 'the configured address, TLS and check', 'others')];
  if (server.isChecked && isSwitchedOff(row, 'srv_check_state'))
    return [otherwise(name, 'health checks', 'none')];
  return [...stateDrift(name, server, row), ...weightDrift(name, server, row)];
}

function stateDrift(name: ServerName, { isDisabled }: ConfiguredServer, row: Row): MemberDrift[] {
  const seen = administrativeState(row);
  const wanted = isDisabled ? 'maintenance' : 'ready';
  const command = setServer(name, `state ${isDisabled ? 'maint' : 'ready'}`);
  return seen === wanted ? [] : [changed(name, wanted, seen, { weight: 'fault', command })];
}

function weightDrift(name: ServerName, { weight: wanted }: ConfiguredServer, row: Row): MemberDrift[] {
  const seen = Number(field(row, 'srv_uweight'));
  const command = setServer(name, `weight ${wanted}`);
  return seen === wanted
    ? []
    : [changed(name, `weight ${wanted}`, `weight ${seen}`, { weight: 'note', command })];
}

function removedDrift(name: ServerName, row: Row): MemberDrift[] {
  const seen = administrativeState(row);
  const command = setServer(name, 'state maint');
  return seen === 'maintenance'
    ? []
    : [changed(name, 'removed and in maintenance', seen, { weight: 'fault', command })];
}

const otherwise = (name: ServerName, wanted: string, seen: string): MemberDrift => ({
  wanted: `${serverKey(name)}: ${wanted}`,
  seen: `${serverKey(name)}: ${seen}`,
  weight: 'fault',
  commands: undefined,
});

const changed = (
  name: ServerName,
  wanted: string,
  seen: string,
  { weight, command }: { readonly weight: MemberDrift['weight']; readonly command: string },
): MemberDrift => ({
  ...{ wanted: `${serverKey(name)}: ${wanted}`, seen: `${serverKey(name)}: ${seen}`, weight },
  commands: [command],
});
