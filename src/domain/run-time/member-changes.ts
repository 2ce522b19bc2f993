import {
  type ConfiguredBackend,
  type ConfiguredServer,
  configuredBackends,
  isCheckedAlike,
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
import { addedServer, loadedFiles } from './added-server.ts';
import {
  countServerLines,
  differenceBesideServers,
  namesOtherFiles,
  type ReloadReason,
} from './other-lines.ts';
import { type AbsentServer, type ServerName, serverKey } from './run-time-record.ts';
import { setServer } from './worker-commands.ts';

/** What a worker runs. */
export interface RunningWorker {
  /** the configuration in force: the one that the worker was started with, or the last one put in force without a reload */
  readonly text: string;
  /** the worker's answer to `show servers state` */
  readonly dump: string;
  /** the servers that earlier changes removed */
  readonly removed: readonly AbsentServer[];
  /** haproxy's version, for example `2.6.12-1+deb12u4` */
  readonly version: string;
}

/** A command to the worker, and the answer that means success. */
export interface Command extends ServerName {
  readonly text: string;
  readonly answer: string;
}

/** The changes that make a worker run a configuration, or the reason why only a reload can. */
export type MemberChanges =
  | {
      readonly kind: 'changes';
      /** number of changed members; 0 when the worker runs the configuration already */
      readonly count: number;
      /** commands for new and changed members; they come before the removals */
      readonly changes: readonly Command[];
      readonly removals: readonly Command[];
      /** members that the worker gets or gets back */
      readonly added: readonly AbsentServer[];
      /** removed servers after the change, with those of earlier changes */
      readonly removed: readonly AbsentServer[];
    }
  | { readonly kind: 'reload'; readonly reason: ReloadReason; readonly detail: string };

/** The highest number of members that one run changes. */
const MOST_CHANGES = 200;
/** Removed servers stay in the worker's memory and in its lists until a reload. */
const MOST_REMOVED = 200;
const MOST_REMOVED_SHARE = 0.1;

/** Ends the decision: only a reload makes the worker run the configuration. */
class NeedsReload extends Error {
  readonly reason: ReloadReason;
  constructor(reason: ReloadReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Decides how a running worker gets a configuration (docs/reloads.md has a row for each case).
 * @param wanted text of the configuration
 */
export function memberChanges(running: RunningWorker, wanted: string): MemberChanges {
  try {
    const difference = differenceBesideServers(running.text, wanted);
    if (difference !== undefined) throw new NeedsReload('other lines', difference);
    const file = namesOtherFiles(wanted);
    if (file !== undefined) throw new NeedsReload('files', `the configuration reads a file by ${file}`);
    return new Comparison(running, wanted).changes();
  } catch (error) {
    if (error instanceof NeedsReload) return { kind: 'reload', reason: error.reason, detail: error.message };
    throw error;
  }
}

/** One server of a backend, in the configuration that runs and in the wanted one. */
interface Pair {
  readonly name: ServerName;
  readonly before: ServerLine | undefined;
  readonly after: ServerLine | undefined;
  readonly row: Row | undefined;
}

class Comparison {
  readonly #running: RunningWorker;
  readonly #before: ReadonlyMap<string, ConfiguredBackend>;
  readonly #after: ReadonlyMap<string, ConfiguredBackend>;
  readonly #rows: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  readonly #removed: Map<string, AbsentServer>;
  readonly #loaded: ReadonlySet<string>;
  readonly #changes: Command[] = [];
  readonly #removals: Command[] = [];
  readonly #added: AbsentServer[] = [];
  readonly #members: number;
  #count = 0;

  constructor(running: RunningWorker, wanted: string) {
    this.#running = running;
    this.#before = configuredBackends(running.text);
    this.#after = running.text === wanted ? this.#before : configuredBackends(wanted);
    const members = [...this.#after.values()].reduce((sum, { servers }) => sum + servers.size, 0);
    if (running.text !== wanted && members !== countServerLines(wanted))
      throw new NeedsReload('other lines', "servers that the configuration doesn't name one by one");
    this.#members = members;
    this.#rows = rowsOf(running.dump);
    this.#removed = new Map(running.removed.map((one) => [serverKey(one), one]));
    this.#loaded = loadedFiles([
      ...[...this.#before.values()].flatMap(({ servers }) => [...servers.values()].map(({ words }) => words)),
      ...running.removed.map(({ words }) => words),
    ]);
  }

  changes(): MemberChanges {
    for (const [backend, { servers }] of this.#after) {
      const before = this.#before.get(backend)?.servers;
      const rows = this.#rows.get(backend);
      for (const server of new Set([...(before?.keys() ?? []), ...servers.keys(), ...(rows?.keys() ?? [])])) {
        const name = { backend, server };
        this.#compare({
          name,
          before: before?.get(server),
          after: servers.get(server),
          row: rows?.get(server),
        });
      }
    }
    this.#checkBounds();
    return {
      kind: 'changes',
      count: this.#count,
      changes: this.#changes,
      removals: this.#removals,
      added: this.#added,
      removed: [...this.#removed.values()],
    };
  }

  #compare(pair: Pair): void {
    const { name, before, after, row } = pair;
    const removed = this.#removed.get(serverKey(name));
    if (row === undefined && (before !== undefined || removed !== undefined))
      throw differs(name, 'the worker does not list it');
    if (after === undefined) {
      if (before !== undefined && row !== undefined) this.#remove(name, before, row);
      else if (removed === undefined) throw differs(name, 'no configuration in force names it');
      return;
    }
    if (row === undefined) {
      this.#add(name, after);
      return;
    }
    const known = before ?? removed;
    if (known === undefined) throw differs(name, 'no configuration in force names it');
    if (!isSameMember(known, after))
      throw new NeedsReload('member options', `${serverKey(name)} has other options`);
    this.#change(name, after, row, before === undefined);
  }

  /** @param isBack whether the server was removed before */
  #change(name: ServerName, after: ServerLine, row: Row, isBack: boolean): void {
    const server = readServer(after);
    if (server === undefined)
      throw new NeedsReload('member options', `${serverKey(name)} has options that the agent can't read`);
    if (!runsAsConfigured(row, server) || (server.isChecked && isSwitchedOff(row, 'srv_check_state')))
      throw differs(name, 'its address, TLS or check was changed');
    const commands = [...this.#weightCommands(name, server, row), ...stateCommands(name, server, row)];
    this.#removed.delete(serverKey(name));
    if (isBack) this.#added.push({ ...name, words: after.words });
    if (commands.length > 0 || isBack) this.#count += 1;
    this.#changes.push(...commands);
  }

  #weightCommands(name: ServerName, { weight }: ConfiguredServer, row: Row): Command[] {
    if (Number(field(row, 'srv_uweight')) === weight) return [];
    const isDynamic = this.#after.get(name.backend)?.isDynamic === true;
    if (!isDynamic && weight !== 0 && weight !== Number(field(row, 'srv_iweight'))) {
      const reason = `${serverKey(name)} gets a new weight, which the algorithm of its backend takes only by a reload`;
      throw new NeedsReload('static algorithm', reason);
    }
    return [change(name, `weight ${weight}`)];
  }

  #add(name: ServerName, line: ServerLine): void {
    const backend = this.#after.get(name.backend);
    if (backend === undefined) throw differs(name, 'no configuration in force has its backend');
    const words = addedServer(line, backend, { version: this.#running.version, loaded: this.#loaded });
    if ('refusal' in words) throw new NeedsReload(words.reason, `${serverKey(name)}: ${words.refusal}`);
    const { isChecked, isDisabled } = words.server;
    this.#changes.push(
      {
        ...command(name, `add server ${serverKey(name)} ${words.words.join(' ')}`),
        answer: 'New server registered.',
      },
      // without the check a member that is down would get traffic; a new server is in maintenance until it is ready
      ...(isChecked ? [command(name, `enable health ${serverKey(name)}`)] : []),
      ...(isDisabled ? [] : [change(name, 'state ready')]),
    );
    this.#added.push({ ...name, words: line.words });
    this.#count += 1;
  }

  #remove(name: ServerName, { words }: ServerLine, row: Row): void {
    if (administrativeState(row) !== 'maintenance') this.#removals.push(change(name, 'state maint'));
    this.#removed.set(serverKey(name), { ...name, words });
    this.#count += 1;
  }

  #checkBounds(): void {
    if (this.#count > MOST_CHANGES)
      throw new NeedsReload('many changes', `${this.#count} members change, more than ${MOST_CHANGES}`);
    const most = Math.max(MOST_REMOVED, Math.floor(this.#members * MOST_REMOVED_SHARE));
    if (this.#removed.size > most)
      throw new NeedsReload(
        'removed members',
        `the worker would keep ${this.#removed.size} removed members, more than ${most}`,
      );
  }
}

/** @throws NeedsReload for a dump in an unknown format */
function rowsOf(dump: string): Map<string, Map<string, Row>> {
  const table = readDump(dump);
  if (table === undefined)
    throw new NeedsReload('unknown state', 'haproxy shows its servers in an unknown form');
  const rows = new Map<string, Map<string, Row>>();
  for (const row of table.rows) {
    const { backend, server } = serverOf(row);
    const servers = rows.get(backend) ?? new Map<string, Row>();
    rows.set(backend, servers.set(server, row));
  }
  return rows;
}

/** A server that was removed earlier keeps the words that the worker got. Its backend has not changed since then. */
const isSameMember = (known: ServerLine | AbsentServer, after: ServerLine): boolean =>
  isCheckedAlike({ words: known.words, checks: after.checks }, after);

function stateCommands(name: ServerName, { isDisabled }: ConfiguredServer, row: Row): Command[] {
  const state = administrativeState(row);
  if (isDisabled) return state === 'maintenance' ? [] : [change(name, 'state maint')];
  return state === 'ready' ? [] : [change(name, 'state ready')];
}

const command = (name: ServerName, text: string): Command => ({ ...name, text, answer: '' });
const change = (name: ServerName, wanted: string): Command => command(name, setServer(name, wanted));

const differs = (name: ServerName, reason: string): NeedsReload =>
  new NeedsReload(
    'worker differs',
    `the running worker differs from its configuration at ${serverKey(name)}: ${reason}`,
  );
