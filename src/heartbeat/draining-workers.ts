import type { TrafficCounters } from '../domain/counters.ts';
import { parseMasterProcesses } from '../domain/master-processes.ts';
import {
  FRONTENDS_COMMAND,
  type ListenerStatistics,
  readStatistics,
  UnusableStatistics,
  type WorkerStatistics,
} from '../domain/statistics.ts';
import { SocketSilent } from '../errors.ts';
import type { AskedHaproxy } from './haproxy-answer.ts';

/** By process id of the worker and id of the listener. */
export type DrainingWorkers = ReadonlyMap<number, ReadonlyMap<string, TrafficCounters>>;

/** A heartbeat waits no longer for what can as well be told in the next one. */
const LONGEST_ANSWER_MS = 500;

/**
 * Counters of the workers that a reload has replaced and that finish their connections, which only the master reaches
 * (haproxy management guide, section 9.4). Asks them only while there are any.
 * @param ask the master
 * @returns undefined where not all answer in time
 */
export async function askDrainingWorkers(
  ask: AskedHaproxy['ask'],
  deadlineMs: number,
): Promise<DrainingWorkers | undefined> {
  const end = performance.now() + Math.min(deadlineMs, LONGEST_ANSWER_MS);
  const askInTime = (command: string): Promise<string> => ask(command, Math.max(1, end - performance.now()));
  try {
    const master = parseMasterProcesses(await askInTime('show proc'));
    if (master === undefined) return undefined;
    const answers = master.oldWorkerPids.map(
      async (pid) => [pid, countersIn(await askInTime(`@!${pid} ${FRONTENDS_COMMAND}`))] as const,
    );
    return new Map(await Promise.all(answers));
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) return undefined;
    throw error;
  }
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
  draining: DrainingWorkers | undefined,
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
  draining: DrainingWorkers,
): Map<number, TrafficCounters> {
  const found = new Map<number, TrafficCounters>();
  for (const [pid, counters] of draining) {
    const own = counters.get(listener);
    // after a failed reload, and amid one, the worker that serves is among the replaced ones
    if (own !== undefined && pid !== worker) found.set(pid, own);
  }
  return found;
}
