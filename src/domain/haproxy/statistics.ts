import type { WorkerCounters } from '../heartbeat/counters.ts';
import { NO_SERVERS, type ServerNames } from '../run-time/run-time-record.ts';
import { createAnswerMemory } from './answer-memory.ts';
import { isInternalProxy } from './haproxy-text.ts';
import { createStatReader, type StatReader, type StatTable, UnusableStatistics } from './stat-table.ts';

export { UnusableStatistics };

/** The command whose answer `readStatistics` reads: frontends, backends and servers of every proxy. */
export const STATISTICS_COMMAND = 'show stat -1 7 -1';

/** The command for the statistics of frontends alone. */
export const FRONTENDS_COMMAND = 'show stat -1 1 -1';

/** The command for the facts about a worker. */
export const WORKER_COMMAND = 'show info';

/** The commands whose answer `readWorkerStatistics` reads: the worker's process id and its statistics. */
export const WORKER_STATISTICS_COMMAND = `${WORKER_COMMAND};${STATISTICS_COMMAND}`;

/** One listener of a running load balancer. */
export interface ListenerStatistics {
  readonly id: string;
  /** haproxy's own status: `OPEN`, or `STOP` from a worker that is stopping */
  readonly status: string;
  /** open connections */
  readonly connections: number;
  /** undefined when they are unknown: then the message reports no traffic, and the book keeps its counters */
  readonly counters: WorkerCounters | undefined;
}

/** The statistics of one pool of a listener. */
export interface PoolStatistics {
  readonly id: string;
  readonly listenerId: string;
  /** the pool's key in a message of version 3: `POOL:LSN` */
  readonly key: string;
  /** `UP` or `DOWN` */
  readonly status: string;
  /** status by member id: `UP`, `DOWN`, `DRAIN`, `MAINT`, `no check`, `UP 1/3`, … */
  readonly members: ReadonlyMap<string, string>;
}

export interface HaproxyStatistics {
  readonly listeners: readonly ListenerStatistics[];
  readonly pools: readonly PoolStatistics[];
}

/** The statistics of one worker. */
export interface WorkerStatistics extends HaproxyStatistics {
  /** its process id; undefined when the answer lacks it */
  readonly worker: number | undefined;
  /** whether it finishes its connections and serves no new ones, by `show info` */
  readonly isStopping: boolean;
}

/** Values of the `type` column (management manual, section 9.1). */
const FRONTEND = '0';
const BACKEND = '1';
const SERVER = '2';

/** The columns that the agent uses (management manual, section 9.1). */
const COLUMNS = [
  'pxname',
  'svname',
  'scur',
  'stot',
  'bin',
  'bout',
  'ereq',
  'status',
  'weight',
  'type',
] as const;
type StatRow = Readonly<Record<(typeof COLUMNS)[number], string>>;

/**
 * Reads haproxy's answer to STATISTICS_COMMAND.
 * @param ownId the id of that haproxy: the listener of each pool whose name contains no listener (API 0.5)
 * @param absent servers that are left out
 * @throws UnusableStatistics unless the answer is complete: header, rows with all used columns, final empty line
 */
export function readStatistics(
  answer: string,
  ownId: string,
  absent: ServerNames = NO_SERVERS,
): HaproxyStatistics {
  const { listeners, pools } = readTable(answer, ownId, absent, createStatReader(COLUMNS));
  return { listeners, pools };
}

type Column = (typeof COLUMNS)[number];

/** @returns also the positions of the columns */
function readTable(
  answer: string,
  ownId: string,
  absent: ServerNames,
  read: StatReader<Column>,
): HaproxyStatistics & Pick<StatTable<Column>, 'at'> {
  const listeners: ListenerStatistics[] = [];
  const backends: StatRow[] = [];
  const members = new Map<string, Map<string, string>>();
  const membersOf = (proxy: string): Map<string, string> => {
    const known = members.get(proxy) ?? new Map<string, string>();
    members.set(proxy, known);
    return known;
  };
  // one pass over the rows, because there may be thousands of members
  const at = read(answer, (fields, at) => {
    const row = statRow(fields, at);
    if (row.type === SERVER) {
      if (absent.get(row.pxname)?.has(row.svname) !== true)
        membersOf(row.pxname).set(row.svname, memberStatus(row));
    } else if (isInternalProxy(row.pxname)) return;
    else if (row.type === FRONTEND) listeners.push(listenerOf(row));
    else if (row.type === BACKEND) backends.push(row);
  });
  const pools = backends.map(({ pxname, status }) => ({
    ...poolName(pxname, ownId),
    status,
    members: membersOf(pxname),
  }));
  return { listeners, pools, at };
}

/**
 * Reads haproxy's answer to WORKER_STATISTICS_COMMAND.
 * @param absentOf returns the servers that are left out, by process id of the worker that answered
 * @throws UnusableStatistics as readStatistics() does
 */
export function readWorkerStatistics(
  answer: string,
  ownId: string,
  absentOf: (worker: number | undefined) => ServerNames = () => NO_SERVERS,
): WorkerStatistics {
  return createWorkerReader(ownId)(answer, absentOf);
}

/** Reads an answer as readWorkerStatistics() does. Returns the same object as the last time if it would have the same content. */
export type WorkerReader = (
  answer: string,
  absentOf: (worker: number | undefined) => ServerNames,
) => WorkerStatistics;

/** Creates a reader for one answer of a haproxy after the other. @param ownId as in readStatistics() */
export function createWorkerReader(ownId: string): WorkerReader {
  const readRows = createStatReader(COLUMNS);
  const memory = createAnswerMemory<WorkerStatistics>();
  let [lastInfo, lastAbsent] = ['', NO_SERVERS];
  return (answer, absentOf) => {
    const start = startOfTable(answer);
    const same = answer.startsWith(lastInfo) && start === lastInfo.length && memory.recall(answer, start);
    if (same && absentOf(same.worker) === lastAbsent) return same;
    const info = answer.slice(0, start);
    const facts = factsIn(info);
    const absent = absentOf(facts.worker);
    const { at, ...statistics } = readTable(answer.slice(start), ownId, absent, readRows);
    const value = { ...statistics, ...facts };
    // the type of a row follows from its names, and its column comes after columns with times
    const { type: _type, ...counted } = at;
    memory.keep(answer, start, { value, columns: Math.max(...Object.values(counted)) + 1 });
    [lastInfo, lastAbsent] = [info, absent];
    return value;
  };
}

/** Divides the answer to `show info` and `show stat`. */
export function parted(
  answer: string,
): Pick<WorkerStatistics, 'worker' | 'isStopping'> & { readonly table: string } {
  const start = startOfTable(answer);
  return { ...factsIn(answer.slice(0, start)), table: answer.slice(start) };
}

/** Returns what the answer to `show info` says. */
const factsIn = (info: string): Pick<WorkerStatistics, 'worker' | 'isStopping'> => ({
  worker: workerPid(info),
  isStopping: info.includes('\nStopping: 1\n'),
});

const startOfTable = (answer: string): number => answer.indexOf('\n# ') + 1;

/** @param info haproxy's answer to `show info` @returns the worker's process id; undefined when the answer lacks it */
export function workerPid(info: string): number | undefined {
  const [, pid] = /^Pid: (\d+)$/m.exec(info) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Whether the answer came from a worker that has passed its listeners to another worker (measured during reloads). */
export const isFromLeavingWorker = ({ isStopping, listeners }: WorkerStatistics): boolean =>
  isStopping || listeners.some((listener) => listener.status === 'STOP');

const statRow = (fields: readonly string[], at: StatTable<(typeof COLUMNS)[number]>['at']): StatRow => ({
  pxname: fields[at.pxname] ?? '',
  svname: fields[at.svname] ?? '',
  scur: fields[at.scur] ?? '',
  stot: fields[at.stot] ?? '',
  bin: fields[at.bin] ?? '',
  bout: fields[at.bout] ?? '',
  ereq: fields[at.ereq] ?? '',
  status: fields[at.status] ?? '',
  weight: fields[at.weight] ?? '',
  type: fields[at.type] ?? '',
});

function listenerOf(row: StatRow): ListenerStatistics {
  return {
    id: row.pxname,
    status: row.status,
    connections: count(row.scur),
    counters: { bin: count(row.bin), bout: count(row.bout), ereq: count(row.ereq), stot: count(row.stot) },
  };
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new UnusableStatistics(`${JSON.stringify(text)} is not a counter`);
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** Returns the names in the name of a backend. @param ownId as in readStatistics() */
export function poolName(pxname: string, ownId: string): Pick<PoolStatistics, 'id' | 'listenerId' | 'key'> {
  const [id = '', listenerId = ownId] = pxname.split(':', 2);
  return { id, listenerId, key: `${id}:${listenerId}` };
}

/** Returns the status of a member, by the status and the weight of its server. */
export const memberStatus = (server: { readonly status: string; readonly weight: string }): string =>
  server.status === 'UP' && server.weight === '0' ? 'DRAIN' : server.status;
