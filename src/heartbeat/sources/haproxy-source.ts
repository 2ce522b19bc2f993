import path from 'node:path';
import type { HaproxyText } from '../../domain/haproxy/haproxy-text.ts';
import {
  createWorkerReader,
  type HaproxyStatistics,
  STATISTICS_COMMAND,
  WORKER_COMMAND,
  WORKER_STATISTICS_COMMAND,
  type WorkerStatistics,
} from '../../domain/haproxy/statistics.ts';
import type { HeartbeatVersion } from '../../domain/heartbeat/heartbeat-message.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import type { Paths } from '../../domain/paths.ts';
import { withShownDrains } from '../../domain/run-time/shown-drains.ts';
import { reasonOf } from '../../errors.ts';
import type { HeartbeatHost } from '../heartbeat-host.ts';
import type { ProblemLog } from '../problem-log.ts';
import { joinObservations, NOTHING_OBSERVED, type Observations, type StatisticsSource } from './collect.ts';
import {
  createDrainingWorkers,
  type Drained,
  type DrainingWorkers,
  withDraining,
} from './draining-workers.ts';
import { type AskedHaproxy, askHaproxy } from './haproxy-answer.ts';
import { createPlaces, type HaproxyPlace } from './haproxy-places.ts';
import { createPlaceReader, type PlaceReader } from './place-files.ts';

/**
 * Creates the source for the listeners of every haproxy. A haproxy is a directory under base_path that has a UUID as its
 * name and contains haproxy.cfg. All haproxys are read in parallel. `askHaproxy` describes the listeners that are reported.
 */
export function createHaproxySource(
  paths: Paths,
  haproxyCmd: string,
  host: HeartbeatHost,
  problems: ProblemLog,
): StatisticsSource {
  const known: KnownHaproxys = new Map();
  const drainingWorkers = createDrainingWorkers(host);
  const placeReader = createPlaceReader(host.files);
  const observeOne = createObserver(host, haproxyCmd, problems, {
    known,
    drainingWorkers,
    places: placeReader,
  });
  const findPlaces = createPlaces(host, paths, problems, (places) => {
    drainingWorkers.keepOnly(places.map(({ files }) => files.masterSocket));
    placeReader.keepOnly(places);
    for (const id of known.keys()) if (!places.some((place) => place.id === id)) known.delete(id);
    host.connections.keepOnly([...known.values()].map(({ socket }) => socket));
  });
  return {
    async observe(deadlineMs) {
      const places = findPlaces();
      const parts = await Promise.all(
        (places ?? []).map((place) =>
          observeOne(place, deadlineMs).catch((error: unknown): Observations => {
            problems.report(subject(place.id), 'cannot read its files: its listeners are left out', {
              reason: reasonOf(error),
            });
            return { ...NOTHING_OBSERVED, configured: 'unknown' };
          }),
        ),
      );
      const joined = joinObservations(parts);
      return places === undefined ? { ...joined, configured: 'unknown' } : joined;
    },
  };
}

/** What follows from the configuration of a haproxy. */
interface KnownHaproxy {
  readonly text: HaproxyText;
  /** ids of its listeners */
  readonly configured: ReadonlySet<string>;
  readonly socket: string;
  readonly asked: AskedHaproxy;
  last?: LastAnswer;
}

/** What followed from the last answer. */
interface LastAnswer {
  readonly statistics: WorkerStatistics;
  readonly drained: Drained | undefined | 'no master';
  readonly version: HeartbeatVersion;
  readonly observed: Observations;
}

type KnownHaproxys = Map<HaproxyId, KnownHaproxy>;

/** What the observers of all haproxys share. */
interface Shared {
  /** gets each observed haproxy */
  readonly known: KnownHaproxys;
  readonly places: PlaceReader;
  readonly drainingWorkers: DrainingWorkers;
}

/**
 * Creates the function that observes the listeners of one haproxy. It returns the same object as the last time if nothing has changed:
 * what follows from it need not be done again.
 */
function createObserver(
  host: HeartbeatHost,
  haproxyCmd: string,
  problems: ProblemLog,
  { known, places, drainingWorkers }: Shared,
): (place: HaproxyPlace, deadlineMs: number) => Promise<Observations> {
  const toAsk = createQuestions(host, haproxyCmd, places);
  const haproxyOf = (place: HaproxyPlace, text: HaproxyText): KnownHaproxy => {
    const last = known.get(place.id);
    if (last?.text === text) return last;
    const socket = text.statsSocket ?? place.files.statsSocket;
    const configured = new Set(text.listeners.map((listener) => listener.id));
    const made = { text, configured, socket, asked: toAsk(place, socket) };
    known.set(place.id, made);
    return made;
  };
  return async (place, deadlineMs) => {
    const files = await places.read(place);
    if (files === undefined) return NOTHING_OBSERVED;
    const haproxy = haproxyOf(place, files.text);
    const { version } = files;
    const end = performance.now() + deadlineMs;
    const state = await askHaproxy(haproxy.asked, deadlineMs, files.record);
    logState(problems, place.id, state);
    if (state.kind !== 'answered') {
      const { configured } = haproxy;
      const stopped = state.kind === 'stopped' ? [...configured] : [];
      return { ...NOTHING_OBSERVED, configured, version, stopped };
    }
    const statistics = withShownDrains(state.statistics, await places.drains(place));
    const leftMs = end - performance.now();
    const drained = await drainingWorkers.beside(statistics.worker, place.files.masterSocket, leftMs);
    return observations(haproxy, { statistics, drained, version });
  };
}

/** @returns the last observations if they would be the same */
function observations(haproxy: KnownHaproxy, now: Omit<LastAnswer, 'observed'>): Observations {
  const { statistics, drained, version } = now;
  const { last } = haproxy;
  const isSame = last?.statistics === statistics && last.drained === drained && last.version === version;
  if (isSame) return last.observed;
  const observed = { stopped: [], version, ...answered(statistics, haproxy.configured, drained) };
  haproxy.last = { ...now, observed };
  return observed;
}

/** Creates a function that makes the questions to one haproxy. */
function createQuestions(
  { processes, haproxy, connections }: HeartbeatHost,
  haproxyCmd: string,
  places: PlaceReader,
): (place: HaproxyPlace, socket: string) => AskedHaproxy {
  const programs = [path.basename(haproxyCmd), 'haproxy'];
  return (place, socket) => ({
    askKept: (limitMs) => connections.ask(socket, WORKER_COMMAND, STATISTICS_COMMAND, limitMs),
    ask: (limitMs) => haproxy.ask(socket, WORKER_STATISTICS_COMMAND, limitMs),
    leave: () => connections.leave(socket),
    read: createWorkerReader(place.id),
    record: () => places.record(place),
    isRunning: async () => (await processes.runningPid(place.files.pidFile, ...programs)) !== undefined,
  });
}

/** Returns the observations of an answer. A removed listener stays configured while a worker drains its connections. */
function answered(
  statistics: WorkerStatistics,
  named: ReadonlySet<string>,
  drainedWorkers: Drained | undefined | 'no master',
): Pick<Observations, 'listeners' | 'pools' | 'configured'> {
  const draining = drainedWorkers === 'no master' ? undefined : drainedWorkers;
  return {
    listeners: withDraining(statistics, draining),
    pools: statistics.pools,
    configured: drainedWorkers === undefined ? 'unknown' : withDrained(named, draining),
  };
}

function withDrained(named: ReadonlySet<string>, draining: Drained | undefined): ReadonlySet<string> {
  if (draining === undefined || draining.size === 0) return named;
  return new Set([...named, ...[...draining.values()].flatMap((listeners) => [...listeners.keys()])]);
}

const subject = (id: HaproxyId): string => `load balancer ${id}`;

function logState(
  problems: ProblemLog,
  id: HaproxyId,
  state:
    | { kind: 'stopped' }
    | { kind: 'stuck'; reason: string }
    | { kind: 'answered'; statistics: HaproxyStatistics },
): void {
  if (state.kind === 'stuck') {
    const advice =
      'haproxy runs but does not answer: its listeners are left out of heartbeats; see its log, restart it';
    problems.report(subject(id), advice, { reason: state.reason });
  } else {
    problems.clear(subject(id));
  }
}
