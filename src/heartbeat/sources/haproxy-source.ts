import path from 'node:path';
import type { HaproxyStatistics, WorkerStatistics } from '../../domain/haproxy/statistics.ts';
import type { HeartbeatVersion } from '../../domain/heartbeat/heartbeat-message.ts';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import type { LoadBalancerPaths, Paths } from '../../domain/paths.ts';
import { withShownDrains } from '../../domain/run-time/shown-drains.ts';
import { reasonOf } from '../../errors.ts';
import type { Files } from '../../host/files.ts';
import type { HaproxySockets } from '../../host/haproxy/haproxy-socket.ts';
import { createHaproxyTexts } from '../../host/haproxy/haproxy-texts.ts';
import { createRunTimeRecords } from '../../host/haproxy/run-time-records.ts';
import type { Processes } from '../../host/processes/processes.ts';
import type { ProblemLog } from '../problem-log.ts';
import { joinKnown, joinVersions, type Observations, type StatisticsSource } from './collect.ts';
import { createDrainingWorkers, type Drained, withDraining } from './draining-workers.ts';
import { type AskedHaproxy, askHaproxy } from './haproxy-answer.ts';

/** The parts of the host that heartbeats of haproxy's listeners use. */
export interface HeartbeatHost {
  readonly files: Files;
  readonly processes: Processes;
  readonly haproxy: HaproxySockets;
}

/** One haproxy and its files. */
interface Place {
  readonly id: HaproxyId;
  readonly files: LoadBalancerPaths;
}

const NOTHING: Omit<Observations, 'configured'> = {
  listeners: [],
  pools: [],
  stopped: [],
  version: undefined,
};

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
  const texts = createHaproxyTexts(host.files);
  const records = createRunTimeRecords(host.files);
  const drainingWorkers = createDrainingWorkers(host);
  const programs = [path.basename(haproxyCmd), 'haproxy'];
  let places: ReadonlyMap<HaproxyId, Place> = new Map();

  const observeOne = async ({ id, files }: Place, deadlineMs: number): Promise<Observations> => {
    const text = await texts.read(files.config);
    if (text === undefined) return { ...NOTHING, configured: new Set() };
    const configured = new Set(text.listeners.map((listener) => listener.id));
    const common = { ...NOTHING, configured, version: await readVersion(host.files, files.apiVersion) };
    const end = performance.now() + deadlineMs;
    const asked: AskedHaproxy = {
      ask: host.haproxy.ask.bind(undefined, text.statsSocket ?? files.statsSocket),
      record: () => records.read(files.runTimeRecord),
      isRunning: async () => (await host.processes.runningPid(files.pidFile, ...programs)) !== undefined,
    };
    const state = await askHaproxy(asked, id, deadlineMs);
    logState(problems, id, state);
    if (state.kind !== 'answered')
      return state.kind === 'stopped' ? { ...common, stopped: [...configured] } : common;
    const statistics = withShownDrains(state.statistics, await host.files.readText(files.drains));
    const draining = await drainingWorkers.beside(
      statistics.worker,
      files.masterSocket,
      end - performance.now(),
    );
    return { ...common, ...answered(statistics, configured, draining) };
  };

  return {
    async observe(deadlineMs) {
      const ids = await loadBalancers(host.files, paths, problems);
      // joining the paths of a load balancer takes as long as looking at its files
      const all = (ids ?? []).map((id) => places.get(id) ?? { id, files: paths.loadBalancer(id) });
      places = new Map(all.map((place) => [place.id, place]));
      drainingWorkers.keepOnly(all.map(({ files }) => files.masterSocket));
      const parts = await Promise.all(
        all.map((place) =>
          observeOne(place, deadlineMs).catch((error: unknown): Observations => {
            problems.report(subject(place.id), 'cannot read its files: its listeners are left out', {
              reason: reasonOf(error),
            });
            return { ...NOTHING, configured: 'unknown' };
          }),
        ),
      );
      return { ...joined(parts), ...(ids === undefined ? { configured: 'unknown' } : {}) };
    },
  };
}

const joined = (parts: readonly Observations[]): Observations => ({
  listeners: parts.flatMap((part) => part.listeners),
  pools: parts.flatMap((part) => part.pools),
  stopped: parts.flatMap((part) => part.stopped),
  configured: joinKnown(parts.map((part) => part.configured)),
  version: joinVersions(parts.map((part) => part.version)),
});

/** Returns the observations of an answer. A removed listener stays configured while a worker drains its connections. */
function answered(
  statistics: WorkerStatistics,
  named: ReadonlySet<string>,
  drainedWorkers: Drained | undefined | 'no master',
): Pick<Observations, 'listeners' | 'pools' | 'configured'> {
  const draining = drainedWorkers === 'no master' ? undefined : drainedWorkers;
  const drained = [...(draining?.values() ?? [])].flatMap((listeners) => [...listeners.keys()]);
  return {
    listeners: withDraining(statistics, draining),
    pools: statistics.pools,
    configured: drainedWorkers === undefined ? 'unknown' : new Set([...named, ...drained]),
  };
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

async function loadBalancers(
  files: Files,
  paths: Paths,
  problems: ProblemLog,
): Promise<HaproxyId[] | undefined> {
  try {
    const ids = (await files.list(paths.base)).filter(isHaproxyId);
    problems.clear(paths.base);
    return ids;
  } catch (error) {
    problems.report(paths.base, 'the directory cannot be read: heartbeats contain no listeners of haproxy', {
      reason: reasonOf(error),
    });
    return undefined;
  }
}

async function readVersion(files: Files, file: string): Promise<HeartbeatVersion> {
  return (await files.readText(file))?.trim() === '0.5' ? 1 : 3;
}
