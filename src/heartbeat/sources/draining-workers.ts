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
import type { AskedHaproxy } from './haproxy-answer.ts';

/** What draining workers count: by process id of the worker and id of the listener. */
export type Drained = ReadonlyMap<number, ReadonlyMap<string, TrafficCounters>>;

/** The workers that a reload has replaced and that finish their connections, of all haproxys. */
export interface DrainingWorkers {
  /**
   * What those count that drain beside a worker. Only the master reaches them (haproxy management guide, section 9.4); it is
   * asked only while there can be any: after none was found beside a worker, not before another worker answers.
   * @param worker the one that answered; undefined where it didn't tell
   * @returns undefined where not all answer in time, `'no master'` where that has no socket
   */
  beside(
    worker: number | undefined,
    masterSocket: string,
    limitMs: number,
  ): Promise<Drained | undefined | 'no master'>;
  /** Forgets the haproxys that are no more. */
  keepOnly(masterSockets: readonly string[]): void;
}

/** A heartbeat waits no longer for what can as well be told in the next one. */
const LONGEST_ANSWER_MS = 500;
/** How long a draining worker may take to answer before it is asked again. */
const PATIENCE_MS = 3_600_000;

export function createDrainingWorkers({
  files,
  haproxy,
}: {
  readonly files: Pick<Files, 'exists'>;
  readonly haproxy: HaproxySockets;
}): DrainingWorkers {
  /** by socket of the master */
  const loneWorkers = new Map<string, number>();
  const askWorker = askOnce((socket, pid) =>
    haproxy.ask(socket, `@!${pid} ${FRONTENDS_COMMAND}`, PATIENCE_MS),
  );
  return {
    async beside(worker, masterSocket, limitMs) {
      if (worker !== undefined && loneWorkers.get(masterSocket) === worker) return new Map();
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
 * Asks a worker once, and again when it has answered: a master keeps each question that its worker doesn't answer, whether or
 * not the asker has left, and takes no connection any more when it keeps ten (measured, haproxy 2.6 to 3.2).
 * @returns a function whose result is undefined while an earlier question waits
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

/** @returns undefined where the master, or a worker that drains, doesn't answer in time */
async function askMaster(
  ask: AskedHaproxy['ask'],
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

/** @returns undefined where a worker gave no answer */
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

/** The listeners of the worker that answered, with what draining ones count for them. */
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
    // after a failed reload, and amid one, the worker that serves is among the replaced ones
    if (own !== undefined && pid !== worker) found.set(pid, own);
  }
  return found;
}
