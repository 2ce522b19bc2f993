import {
  type LiveHaproxy,
  type LiveMember,
  readLiveStatistics,
  serverAddresses,
} from '../../domain/haproxy/live-statistics.ts';
import { UnusableStatistics, WORKER_STATISTICS_COMMAND, workerPid } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId, ListenerId } from '../../domain/ids.ts';
import { type LvsStatistics, lvsStatistics, NO_IPVS } from '../../domain/keepalived/lvs-statistics.ts';
import { CommandFailed, SocketSilent } from '../../errors.ts';
import { askWithAbsent, recordReader } from '../../host/haproxy/run-time-records.ts';
import { readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { lvsListenerIds, lvsListenerStatus } from '../keepalived/lvs-listeners.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';

/** The longest time until a haproxy answers. */
const ANSWER_MS = 2_000;

/** A load balancer, or a UDP or SCTP listener, at this moment. */
export interface LiveLoadBalancer extends LiveHaproxy {
  readonly id: string;
  /** whether its haproxy answers; always true for a UDP or SCTP listener */
  readonly answers: boolean;
}

/** The traffic of the amphora at this moment. Counters begin with the worker of haproxy that serves now. */
export interface LiveStatistics {
  /** ISO 8601, UTC */
  readonly time: string;
  /** the process of the agent */
  readonly agent: { readonly uptime_seconds: number; readonly memory_bytes: number };
  readonly load_balancers: readonly LiveLoadBalancer[];
  readonly udp_and_sctp_listeners: readonly LiveLoadBalancer[];
}

export async function liveStatistics(context: OperationContext): Promise<LiveStatistics> {
  const { uptimeSeconds, memory } = context.host.system.ownProcess();
  const [haproxys, lvs] = await Promise.all([
    loadBalancerIds(context).then((ids) => Promise.all(ids.map((id) => ofHaproxy(context, id)))),
    ofLvsListeners(context),
  ]);
  return {
    time: new Date().toISOString(),
    agent: { uptime_seconds: Math.round(uptimeSeconds), memory_bytes: memory.resident },
    load_balancers: haproxys,
    udp_and_sctp_listeners: lvs,
  };
}

async function ofHaproxy(context: OperationContext, id: HaproxyId): Promise<LiveLoadBalancer> {
  const { host, paths } = context;
  const socket = await statsSocketFor(context, id);
  try {
    const { answer, absentOf } = await askWithAbsent(
      recordReader(host.files, paths.loadBalancer(id).runTimeRecord),
      () => host.haproxy.ask(socket, WORKER_STATISTICS_COMMAND, ANSWER_MS),
    );
    const addresses = serverAddresses(await host.haproxy.ask(socket, 'show servers state', ANSWER_MS));
    const start = answer.indexOf('\n# ') + 1;
    const absent = absentOf(workerPid(answer.slice(0, start)));
    return { id, answers: true, ...readLiveStatistics(answer.slice(start), id, { absent, addresses }) };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics)
      return { id, answers: false, listeners: [], members: [] };
    throw error;
  }
}

async function ofLvsListeners(context: OperationContext): Promise<LiveLoadBalancer[]> {
  const ids = await lvsListenerIds(context);
  return Promise.all(ids.map((id) => ofLvsListener(context, id)));
}

async function ofLvsListener(context: OperationContext, id: ListenerId): Promise<LiveLoadBalancer> {
  const status = await lvsListenerStatus(context, id);
  const statistics = status === 'ACTIVE' ? await lvsStatisticsOf(context, id) : undefined;
  const { connections = null, counters } = statistics?.listener ?? {};
  return {
    id,
    answers: true,
    listeners: [
      {
        ...{ id, status, sessions: connections, session_rate: null, errors: null },
        sessions_total: counters?.stot ?? null,
        bytes_in: counters?.bin ?? null,
        bytes_out: counters?.bout ?? null,
      },
    ],
    members: [...(statistics?.pool?.members ?? [])].map(
      ([member, state]): LiveMember => ({
        ...{ id: member, pool: statistics?.pool?.id ?? '', listener: id, status: state },
        ...UNKNOWN_MEMBER,
      }),
    ),
  };
}

/** @returns undefined if the listener was deleted meanwhile, or if the kernel's IPVS can't be read */
async function lvsStatisticsOf(
  { host, paths }: OperationContext,
  id: ListenerId,
): Promise<LvsStatistics | undefined> {
  const found = await readLvsListener(paths, host, id);
  if (found === undefined || found.text.isDisabled) return undefined;
  try {
    const kernel = await host.ipvs.read(found.keepalived?.pid, ANSWER_MS);
    const state = kernel === 'missing' ? NO_IPVS : kernel;
    return lvsStatistics(id, found.text, state, found.keepalived?.isRestarting === true);
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}

/** Traffic of single members that keepalived and the kernel do not report to the agent. */
const UNKNOWN_MEMBER = {
  address: null,
  weight: null,
  sessions: null,
  queue: null,
  session_rate: null,
  sessions_total: null,
  check: null,
  changed_seconds: null,
};
