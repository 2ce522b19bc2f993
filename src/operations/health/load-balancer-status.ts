import { serverLines } from '../../domain/haproxy/configured-servers.ts';
import { readMemberFacts } from '../../domain/haproxy/member-facts.ts';
import {
  readWorkerStatistics,
  UnusableStatistics,
  WORKER_STATISTICS_COMMAND,
} from '../../domain/haproxy/statistics.ts';
import { type LoadBalancerStatus, poolsStatus } from '../../domain/health/amphora-status.ts';
import type { HaproxyHealth } from '../../domain/health/readiness.ts';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import { withShownDrains } from '../../domain/run-time/shown-drains.ts';
import { SocketSilent } from '../../errors.ts';
import { askWithAbsent, recordReader } from '../../host/haproxy/run-time-records.ts';
import type { OperationContext } from '../context.ts';
import type { TrafficOf } from './traffic.ts';

type StatusContext = Pick<OperationContext, 'paths' | 'host'>;

/** The longest time until a haproxy answers. */
const ANSWER_MS = 2_000;

/** Returns a load balancer with its listeners, pools and members. Of one that doesn't answer, it has the listeners. */
export async function loadBalancerStatus(
  context: StatusContext,
  { id, state }: HaproxyHealth,
  traffic: TrafficOf,
): Promise<LoadBalancerStatus> {
  if (!isHaproxyId(id)) return { id, state, vips: [], listeners: [], pools: [] };
  const at = context.paths.loadBalancer(id);
  const text = await context.host.haproxyTexts.read(at.config);
  const vips = text?.vips ?? [];
  const silent: LoadBalancerStatus = {
    ...{ id, state, vips, pools: [] },
    listeners: (text?.listeners ?? []).map((one) => ({
      ...{ id: one.id, status: state === 'silent' ? 'unknown' : state },
      ...{ connections: null, traffic: traffic(one.id) },
    })),
  };
  if (state !== 'serves') return silent;
  try {
    const { statistics, facts, stored } = await observed(context, id, text?.statsSocket ?? at.statsSocket);
    return {
      ...{ id, state, vips },
      listeners: statistics.listeners.map((one) => ({
        ...{ id: one.id, status: one.status, connections: one.connections, traffic: traffic(one.id) },
      })),
      pools: poolsStatus(statistics.pools, facts, serverLines(stored)),
    };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics)
      return { ...silent, state: 'silent' };
    throw error;
  }
}

/** Returns the statistics of a worker without removed and half-added members, and the stored configuration. */
async function observed({ host, paths }: StatusContext, id: HaproxyId, statsSocket: string) {
  const { config, runTimeRecord, drains } = paths.loadBalancer(id);
  const { answer, absentOf } = await askWithAbsent(recordReader(host.files, runTimeRecord), () =>
    host.haproxy.ask(statsSocket, WORKER_STATISTICS_COMMAND, ANSWER_MS),
  );
  const stored = (await host.files.read(config))?.toString('latin1') ?? '';
  const reported = readWorkerStatistics(answer, id, absentOf);
  const statistics = withShownDrains(reported, await host.files.readText(drains));
  return { statistics, facts: readMemberFacts(answer), stored };
}
