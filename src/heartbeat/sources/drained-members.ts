import type { WorkerStatistics } from '../../domain/haproxy/statistics.ts';
import { drainedServers, parseDrainRecord } from '../../domain/run-time/drain-record.ts';
import type { Files } from '../../host/files.ts';

/**
 * Shows members whose drain has ended as `DRAIN`: haproxy shows them as `MAINT`, like disabled ones.
 * @param file the drains of the load balancer (domain/run-time/drain-record.ts)
 */
export async function withDrainedMembers(
  files: Pick<Files, 'readText'>,
  file: string,
  statistics: WorkerStatistics,
): Promise<WorkerStatistics> {
  const drained = drainedServers(parseDrainRecord(await files.readText(file)), statistics.worker);
  if (drained.size === 0) return statistics;
  return {
    ...statistics,
    pools: statistics.pools.map((pool) => {
      // in API 0.5 the name of a backend is the id of its pool
      const servers = drained.get(pool.key) ?? drained.get(pool.id);
      if (servers === undefined) return pool;
      const members = [...pool.members].map(([member, status]): [string, string] =>
        status === 'MAINT' && servers.has(member) ? [member, 'DRAIN'] : [member, status],
      );
      return { ...pool, members: new Map(members) };
    }),
  };
}
