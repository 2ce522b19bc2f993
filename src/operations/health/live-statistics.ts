import {
  type LiveHaproxy,
  type LiveMember,
  readLiveStatistics,
  serverAddresses,
} from '../../domain/haproxy/live-statistics.ts';
import { parted, UnusableStatistics, WORKER_STATISTICS_COMMAND } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId, ListenerId } from '../../domain/ids.ts';
import { type IpvsState, type LvsStatistics, lvsStatistics } from '../../domain/keepalived/lvs-statistics.ts';
import { SocketSilent } from '../../errors.ts';
import { type ConfiguredLvsListener, readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { readIpvsState } from '../keepalived/ipvs-state.ts';
import { lvsListenerIds, lvsListenerStatus } from '../keepalived/lvs-listeners.ts';
import { askForReport } from '../reported-answer.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';

/** The longest time until a haproxy answers. */
const ANSWER_MS = 2_000;

/** A load balancer, or a UDP or SCTP listener, at this moment. */
export interface LiveLoadBalancer extends LiveHaproxy {
  readonly id: string;
  /** whether its haproxy answers; always true for a UDP or SCTP listener */
  readonly answers: boolean;
  /** process id of the worker whose counters these are; null when it is unknown, and for a UDP or SCTP listener */
  readonly worker: number | null;
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
  const statsSocket = await statsSocketFor(context, id);
  try {
    const question = { statsSocket, command: WORKER_STATISTICS_COMMAND, limitMs: ANSWER_MS };
    const { answer, absentOf, shownOf } = await askForReport(context, id, question);
    const addresses = serverAddresses(
      await context.host.haproxy.ask(statsSocket, 'show servers state', ANSWER_MS),
    );
    const { worker, table } = parted(answer);
    const facts = { absent: absentOf(worker), shown: shownOf(worker), addresses };
    return { id, answers: true, worker: worker ?? null, ...readLiveStatistics(table, id, facts) };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics)
      return { id, answers: false, worker: null, listeners: [], members: [] };
    throw error;
  }
}

async function ofLvsListeners(context: OperationContext): Promise<LiveLoadBalancer[]> {
  const { host, paths } = context;
  const ids = await lvsListenerIds(context);
  const found = await Promise.all(ids.map((id) => readLvsListener(paths, host, id)));
  const active = found
    .filter((one) => one !== undefined)
    .filter(({ keepalived, text }) => keepalived !== undefined && !text.isDisabled);
  const kernel = active.length === 0 ? undefined : await readIpvsState(context, active, ANSWER_MS);
  return Promise.all(
    ids.map(async (id) => {
      const status = await lvsListenerStatus(context, id);
      const listener = active.find((one) => one.id === id);
      return ofLvsListener(id, status, kernel && listener && statisticsOf(listener, kernel));
    }),
  );
}

const statisticsOf = ({ id, text, keepalived }: ConfiguredLvsListener, kernel: IpvsState): LvsStatistics =>
  lvsStatistics(id, text, kernel, keepalived?.isRestarting === true);

/** @param statistics undefined when keepalived doesn't serve the listener, or IPVS can't be read */
function ofLvsListener(
  id: ListenerId,
  status: string,
  statistics: LvsStatistics | undefined,
): LiveLoadBalancer {
  const { connections = null, counters } = statistics?.listener ?? {};
  return {
    id,
    answers: true,
    worker: null,
    listeners: [
      {
        ...{ id, status, sessions: connections, session_rate: null, errors: null },
        ...{ responses_5xx: null, connection_errors: null },
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
