import { serverLines } from '../../domain/haproxy/configured-servers.ts';
import { readMemberFacts } from '../../domain/haproxy/member-facts.ts';
import { UnusableStatistics } from '../../domain/haproxy/statistics.ts';
import { type LoadBalancerStatus, poolsStatus } from '../../domain/health/amphora-status.ts';
import type { HaproxyHealth } from '../../domain/health/readiness.ts';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { reportedStatistics } from '../reported-answer.ts';
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

/** Returns the statistics of a worker as heartbeats report them, and the stored configuration. */
async function observed(context: StatusContext, id: HaproxyId, statsSocket: string) {
  const question = { statsSocket, limitMs: ANSWER_MS };
  const { statistics, answer } = await reportedStatistics(context, id, question);
  const stored =
    (await context.host.files.read(context.paths.loadBalancer(id).config))?.toString('latin1') ?? '';
  return { statistics, facts: readMemberFacts(answer), stored };
}
