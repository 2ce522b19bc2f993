import type { WorkerStatistics } from '../haproxy/statistics.ts';
import { drainedServers, parseDrainRecord } from './drain-record.ts';

/** The state of a member in reports. @param server name of its server @param status haproxy's status of it */
export type ShownStatus = (backend: string, server: string, status: string) => string;

/**
 * Returns a function that shows members whose drain has ended as `DRAIN`: haproxy shows them as `MAINT`, like disabled
 * ones. Every report about members uses it, so that all reports agree.
 * @param drains text of the file with the drains of the load balancer; undefined without one
 * @param worker process id of the worker that the report is about; undefined when it is unknown
 */
export function shownStatus(drains: string | undefined, worker: number | undefined): ShownStatus {
  const drained = drainedServers(parseDrainRecord(drains), worker);
  return (backend, server, status) =>
    status === 'MAINT' && drained.get(backend)?.has(server) === true ? 'DRAIN' : status;
}

/** Returns statistics with the states that shownStatus() returns. @param drains as in shownStatus() */
export const withShownDrains = (
  statistics: WorkerStatistics,
  drains: string | undefined,
): WorkerStatistics =>
  drains === undefined ? statistics : withShownStates(statistics, shownStatus(drains, statistics.worker));

/** Returns statistics with the states that a function of shownStatus() returns. */
export function withShownStates(statistics: WorkerStatistics, shown: ShownStatus): WorkerStatistics {
  return {
    ...statistics,
    pools: statistics.pools.map(({ members, ...pool }) => ({
      ...pool,
      members: new Map(
        // in API 0.5 the name of a backend is the id of its pool
        [...members].map(([member, status]) => [
          member,
          shown(pool.id, member, shown(pool.key, member, status)),
        ]),
      ),
    })),
  };
}
