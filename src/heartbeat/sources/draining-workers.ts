import { parseMasterProcesses } from '../../domain/haproxy/master-processes.ts';
import {
  FRONTENDS_COMMAND,
  type ListenerStatistics,
  readStatistics,
  UnusableStatistics,
  type WorkerStatistics,
} from '../../domain/haproxy/statistics.ts';
import type { TrafficCounters } from '../../domain/heartbeat/counters.ts';
import { SocketSilent } from '../../errors.ts';
import type { Files } from '../../host/files.ts';
import type { HaproxySockets } from '../../host/haproxy/haproxy-socket.ts';
import { atMost } from '../at-most.ts';

/** The counters of draining workers, by process id of the worker and id of the listener. */
export type Drained = ReadonlyMap<number, ReadonlyMap<string, TrafficCounters>>;

const NONE_DRAINED: Drained = new Map();

/** The workers of all haproxys that a reload has replaced and that still finish their connections. */
export interface DrainingWorkers {
  /**
   * Returns the counters of the workers that drain beside the serving worker. Only haproxy's master reaches draining workers
   * (haproxy management guide, section 9.4). If no worker drained beside a serving worker, the master gets no further
   * command until another worker serves.
   * @param worker process id of the serving worker; undefined if unknown
   * @returns undefined if not all workers answer in time, `'no master'` if the master has no socket
   */
  beside(
    worker: number | undefined,
    masterSocket: string,
    limitMs: number,
  ): Promise<Drained | undefined | 'no master'>;
  /** Forgets all haproxys except those with these sockets. */
  keepOnly(masterSockets: readonly string[]): void;
}

/** The longest that a heartbeat waits. A draining worker that answers later is reported in the next heartbeat. */
const LONGEST_ANSWER_MS = 500;
/** How long a draining worker may take to answer before it gets the command again. */
const PATIENCE_MS = 3_600_000;

export function createDrainingWorkers({
  files,
  haproxy,
}: {
  readonly files: Pick<Files, 'exists'>;
  readonly haproxy: HaproxySockets;
}): DrainingWorkers {
  /** process id of a worker beside which none drains, by socket of its master */
  const loneWorkers = new Map<string, number>();
  const askWorker = askOnce((socket, pid) =>
    haproxy.ask(socket, `@!${pid} ${FRONTENDS_COMMAND}`, PATIENCE_MS),
  );
  return {
    async beside(worker, masterSocket, limitMs) {
      if (worker !== undefined && loneWorkers.get(masterSocket) === worker) return NONE_DRAINED;
      if (!(await files.exists(masterSocket))) return 'no master';
      const drained = await askMaster(
        haproxy.ask.bind(undefined, masterSocket),
        askWorker.bind(undefined, masterSocket),
        limitMs,
      );
      if (drained?.size === 0 && worker !== undefined) loneWorkers.set(masterSocket, worker);
      return drained;
    },
    keepOnly(masterSockets) {
      for (const socket of loneWorkers.keys())
        if (!masterSockets.includes(socket)) loneWorkers.delete(socket);
    },
  };
}

type AskWorker = (masterSocket: string, pid: number) => Promise<string> | undefined;

/**
 * Sends a command to a worker only after the worker has answered the earlier one. A master keeps each unanswered command,
 * even after the client has gone, and accepts no connection while it keeps ten (measured with haproxy 2.6 to 3.2).
 * @returns a function whose result is undefined while an earlier command waits
 */
function askOnce(ask: (masterSocket: string, pid: number) => Promise<string>): AskWorker {
  const waiting = new Set<string>();
  return (masterSocket, pid) => {
    const name = `${masterSocket} ${pid}`;
    if (waiting.has(name)) return undefined;
    waiting.add(name);
    return ask(masterSocket, pid).finally(() => waiting.delete(name));
  };
}

/** Reads the counters of all draining workers. @returns undefined if the master or a worker doesn't answer in time */
async function askMaster(
  ask: (command: string, limitMs: number) => Promise<string>,
  askWorker: (pid: number) => Promise<string> | undefined,
  deadlineMs: number,
): Promise<Drained | undefined> {
  const limitMs = Math.max(1, Math.min(deadlineMs, LONGEST_ANSWER_MS));
  const end = performance.now() + limitMs;
  try {
    const master = parseMasterProcesses(await ask('show proc', limitMs));
    if (master === undefined) return undefined;
    const answers = master.oldWorkerPids.map(async (pid) => [pid, await askWorker(pid)] as const);
    const inTime = await atMost(Promise.all(answers), Math.max(1, end - performance.now()));
    return inTime && countersOf(inTime);
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) return undefined;
    throw error;
  }
}

/** @returns undefined if a worker gave no answer */
function countersOf(answers: readonly (readonly [number, string | undefined])[]): Drained | undefined {
  const drained = new Map<number, Map<string, TrafficCounters>>();
  for (const [pid, answer] of answers) {
    if (answer === undefined) return undefined;
    drained.set(pid, countersIn(answer));
  }
  return drained;
}

const countersIn = (answer: string): Map<string, TrafficCounters> =>
  new Map(
    readStatistics(answer, '').listeners.flatMap(({ id, counters }) =>
      counters === undefined ? [] : [[id, counters] as const],
    ),
  );

/** Returns the listeners of the serving worker, with the counters of draining workers for them. */
export function withDraining(
  { listeners, worker }: WorkerStatistics,
  draining: Drained | undefined,
): ListenerStatistics[] {
  return listeners.map(({ counters, ...listener }) => ({
    ...listener,
    counters: counters && {
      ...counters,
      ...(worker === undefined ? {} : { worker }),
      ...(draining === undefined ? {} : { draining: drainingOf(listener.id, worker, draining) }),
    },
  }));
}

function drainingOf(
  listener: string,
  worker: number | undefined,
  draining: Drained,
): Map<number, TrafficCounters> {
  const found = new Map<number, TrafficCounters>();
  for (const [pid, counters] of draining) {
    const own = counters.get(listener);
    // during a reload and after a failed one, the master lists the serving worker among the replaced ones
    if (own !== undefined && pid !== worker) found.set(pid, own);
  }
  return found;
}
