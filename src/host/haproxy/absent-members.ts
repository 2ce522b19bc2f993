import { workerPid } from '../../domain/haproxy/statistics.ts';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import type { Paths } from '../../domain/paths.ts';
import {
  absentInAny,
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
      const workers = new Map<HaproxyId, Promise<number | undefined>>();
      const seen = new Set<RunTimeRecord>();
      let absent = NO_SERVERS;
      const add = async (id: HaproxyId): Promise<void> => {
        const record = await records.read(paths.loadBalancer(id).runTimeRecord);
        if (record === undefined || record.absent.length === 0 || seen.has(record)) return;
        seen.add(record);
        const worker = workers.get(id) ?? askWorker(id);
        workers.set(id, worker);
        absent = joined(absent, absentInAny([record], await worker));
      };
      return async () => {
        await Promise.all((await files.list(paths.base)).filter(isHaproxyId).map(add));
        return absent;
      };
    },
  };
}

function joined(one: ServerNames, other: ServerNames): ServerNames {
  const backends = new Set([...one.keys(), ...other.keys()]);
  return new Map(
    [...backends].map((name) => [name, new Set([...(one.get(name) ?? []), ...(other.get(name) ?? [])])]),
  );
}
