import { workerPid } from '../../domain/haproxy/statistics.ts';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import type { Paths } from '../../domain/paths.ts';
import {
  absentInAny,
  isSameRecord,
  NO_SERVERS,
  type RunTimeRecord,
  type ServerNames,
} from '../../domain/run-time/run-time-record.ts';
import { SocketSilent } from '../../errors.ts';
import type { Files } from '../files.ts';
import type { HaproxySockets } from './haproxy-socket.ts';
import { createRunTimeRecords } from './run-time-records.ts';

/** The servers that metrics leave out. */
export interface AbsentMembers {
  /**
   * Begins one report. The function that it returns reads the records of all load balancers again, and returns the servers
   * of every record that this report has seen. So a server stays out of a report when its record changes meanwhile.
   */
  beginReport(): () => Promise<ServerNames>;
}

const ANSWER_MS = 1000;

export function createAbsentMembers(
  paths: Pick<Paths, 'base' | 'loadBalancer'>,
  { files, haproxy }: { files: Pick<Files, 'list' | 'fingerprint' | 'readText'>; haproxy: HaproxySockets },
): AbsentMembers {
  const records = createRunTimeRecords(files);
  const askWorker = async (id: HaproxyId): Promise<number | undefined> => {
    try {
      return workerPid(await haproxy.ask(paths.loadBalancer(id).statsSocket, 'show info', ANSWER_MS));
    } catch (error) {
      if (error instanceof SocketSilent) return undefined;
      throw error;
    }
  };
  return {
    beginReport() {
      const balancers = new Map<HaproxyId, ReportedBalancer>();
      const absentOf = async (id: HaproxyId): Promise<ServerNames> => {
        const balancer = balancers.get(id) ?? { seen: [], absent: NO_SERVERS };
        balancers.set(id, balancer);
        const record = await records.read(paths.loadBalancer(id).runTimeRecord);
        const isKnown = balancer.seen.some((seen) => isSameRecord(seen, record));
        if (!isKnown) balancer.seen.push(record);
        if (record === undefined || isKnown) return balancer.absent;
        // the addition ended during the report, so haproxy may have answered in the middle of it
        const added = balancer.seen.length > 1 ? (record.added ?? []) : [];
        if (record.absent.length + added.length === 0) return balancer.absent;
        balancer.worker ??= askWorker(id);
        const absent = [...record.absent, ...added.map((name) => ({ ...name, words: [] }))];
        const names = absentInAny([{ ...record, absent }], await balancer.worker);
        balancer.absent = joined([balancer.absent, names]);
        return balancer.absent;
      };
      return async () =>
        joined(await Promise.all((await files.list(paths.base)).filter(isHaproxyId).map(absentOf)));
    },
  };
}

/** What a report has read about one load balancer. */
interface ReportedBalancer {
  /** the records, the oldest first; undefined is a missing file */
  readonly seen: (RunTimeRecord | undefined)[];
  /** process id of the worker; asked at most once */
  worker?: Promise<number | undefined>;
  absent: ServerNames;
}

function joined(all: readonly ServerNames[]): ServerNames {
  const names = new Map<string, Set<string>>();
  for (const [backend, servers] of all.flatMap((one) => [...one]))
    names.set(backend, new Set([...(names.get(backend) ?? []), ...servers]));
  return names.size === 0 ? NO_SERVERS : names;
}
