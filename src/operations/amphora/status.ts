import type { ApiVersion } from '../../domain/api-version.ts';
import type { HaproxyText } from '../../domain/haproxy/haproxy-text.ts';
import type { PoolStatistics } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId, ListenerId } from '../../domain/ids.ts';
import { lvsStatistics, NO_IPVS } from '../../domain/keepalived/lvs-statistics.ts';
import { NotFound } from '../../errors.ts';
import { readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { isLvsListener, lvsListenerIds, lvsListenerStatus } from '../keepalived/lvs-listeners.ts';
import { reportedStatistics } from '../reported-answer.ts';
import { loadBalancerIds, readStoredText } from '../stored-configs.ts';

const ANSWER_MS = 5_000;

type StatusContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/** A listener as `GET listeners` shows it. */
export interface ListenerStatus {
  readonly status: 'ACTIVE' | 'OFFLINE' | 'ERROR';
  readonly uuid: string;
  /** the mode in upper case, TERMINATED_HTTPS, UDP (also for SCTP), or empty when haproxy of API 0.5 doesn't run */
  readonly type: string;
}

/** Package versions (`GET info`). The driver splits haproxy's version at dots to choose features. */
export interface Info {
  readonly hostname: string;
  readonly haproxy_version: string;
  readonly api_version: ApiVersion;
  readonly keepalived_version: string;
  readonly ipvsadm_version: string;
}

/** Returns the body of `GET info` (docs/contract.md, section 3). */
export async function info({ host }: StatusContext, version: ApiVersion): Promise<Info> {
  const packages = await host.system.packageVersions(['haproxy', 'keepalived', 'ipvsadm']);
  return {
    hostname: host.system.hostname(),
    haproxy_version: packages['haproxy'] ?? '',
    api_version: version,
    keepalived_version: packages['keepalived'] ?? '',
    ipvsadm_version: packages['ipvsadm'] ?? '',
  };
}

/**
 * Returns the body of `GET details` (docs/contract.md, section 4). The controller sizes haproxy's TLS cache from `memory`
 * (KiB).
 */
export async function details(context: StatusContext, version: ApiVersion): Promise<object> {
  const { system, network } = context.host;
  const loadBalancers = await storedLoadBalancers(context);
  const running = await Promise.all(loadBalancers.map(({ id }) => runningPid(context, id)));
  const pids = running.filter((pid) => pid !== undefined);
  const [common, lvsListeners, traffic, cpu, memory, disk, load, profile] = await Promise.all([
    info(context, version),
    lvsListenerStates(context),
    network.traffic(pids[0]),
    system.cpu(),
    system.memory(),
    system.disk('/'),
    system.load(),
    system.activeTunedProfile(),
  ]);
  const ethernet = traffic.filter(({ name }) => name.startsWith('eth'));
  return {
    ...common,
    networks: Object.fromEntries(
      ethernet.map((link) => [link.name, { network_tx: link.sentBytes, network_rx: link.receivedBytes }]),
    ),
    active: true,
    haproxy_count: pids.length,
    cpu_count: system.cpuCount(),
    cpu,
    memory,
    disk,
    load,
    active_tuned_profiles: profile,
    topology: 'SINGLE',
    topology_status: 'OK',
    listeners: [
      ...loadBalancers.flatMap(({ text }) => text.listeners.map(({ id }) => id)),
      ...lvsListeners.map(({ uuid }) => uuid),
    ].sort(),
    [version === '0.5' ? 'udp_listener_process_count' : 'lvs_listener_process_count']: lvsListeners.filter(
      ({ status }) => status === 'ACTIVE',
    ).length,
    packages: {},
  };
}

/**
 * Returns every listener of every stored configuration. In API 1.0 a haproxy listener is always ACTIVE. In API 0.5 the
 * status depends on its haproxy (docs/contract.md, section 3).
 */
export async function listeners(context: StatusContext, version: ApiVersion): Promise<ListenerStatus[]> {
  const loadBalancers = await storedLoadBalancers(context);
  const rows = await Promise.all(
    loadBalancers.map(async ({ id, text }) => {
      const status = version === '1.0' ? 'ACTIVE' : await runs(context, id);
      return text.listeners.map((listener) => ({
        status,
        uuid: listener.id,
        type: status === 'ACTIVE' ? listener.type : '',
      }));
    }),
  );
  return [...rows.flat(), ...(await lvsListenerStates(context))];
}

async function lvsListenerStates(context: StatusContext): Promise<ListenerStatus[]> {
  return Promise.all(
    (await lvsListenerIds(context)).map(async (id) => ({
      status: await lvsListenerStatus(context, id),
      uuid: id,
      type: 'UDP',
    })),
  );
}

/** The body of `GET listeners/LSN` of API 0.5. Only an ACTIVE listener has pools. */
export interface ListenerWithPools extends ListenerStatus {
  readonly pools?: readonly {
    readonly uuid: string;
    readonly status: string;
    readonly members: Readonly<Record<string, string>>;
  }[];
}

/**
 * Returns one listener (`GET listeners/LSN` of API 0.5, in which each listener has its own haproxy). The listener is in
 * ERROR when its haproxy doesn't answer, or for UDP and SCTP when IPVS can't be read.
 * @throws NotFound
 */
export async function listener(context: StatusContext, id: ListenerId): Promise<ListenerWithPools> {
  if (await isLvsListener(context, id)) {
    const status = await lvsListenerStatus(context, id);
    return withPools(context, { status, uuid: id, type: 'UDP' }, () => lvsPools(context, id));
  }
  const text = await readStoredText(context, '0.5', id);
  const status = await runs(context, id);
  const type = status === 'ACTIVE' ? (text.listeners[0]?.type ?? '') : '';
  return withPools(context, { status, uuid: id, type }, () => haproxyPools(context, id, text));
}

async function withPools(
  { logger }: StatusContext,
  shown: ListenerStatus,
  read: () => Promise<readonly PoolStatistics[]>,
): Promise<ListenerWithPools> {
  if (shown.status !== 'ACTIVE') return shown;
  try {
    const pools = (await read()).map(({ id, status, members }) => ({
      uuid: id,
      status,
      members: Object.fromEntries(members),
    }));
    return { ...shown, pools };
  } catch (error) {
    logger.warn({ listener: shown.uuid, err: error }, 'cannot read the statistics of a running listener');
    return { ...shown, status: 'ERROR' };
  }
}

const haproxyPools = async (
  context: StatusContext,
  id: HaproxyId,
  { statsSocket }: HaproxyText,
): Promise<readonly PoolStatistics[]> => {
  const socket = statsSocket ?? context.paths.loadBalancer(id).statsSocket;
  const question = { statsSocket: socket, limitMs: ANSWER_MS };
  return (await reportedStatistics(context, id, question)).statistics.pools;
};

/** Returns the pools as heartbeats report them. Without IPVS the kernel has no member. */
async function lvsPools({ host, paths }: StatusContext, id: ListenerId): Promise<readonly PoolStatistics[]> {
  const found = await readLvsListener(paths, host, id);
  if (found === undefined || found.text.isDisabled) return [];
  const kernel = await host.ipvs.read(found.keepalived?.pid, ANSWER_MS);
  const state = kernel === 'missing' ? NO_IPVS : kernel;
  const { pool } = lvsStatistics(id, found.text, state, found.keepalived?.isRestarting === true);
  return pool === undefined ? [] : [pool];
}

async function runs(context: StatusContext, id: HaproxyId): Promise<ListenerStatus['status']> {
  if ((await runningPid(context, id)) !== undefined) return 'ACTIVE';
  return (await context.host.files.exists(context.paths.loadBalancer(id).pidFile)) ? 'ERROR' : 'OFFLINE';
}

const runningPid = ({ paths, host }: StatusContext, id: HaproxyId): Promise<number | undefined> =>
  host.processes.runningPid(paths.loadBalancer(id).pidFile, 'haproxy');

interface StoredLoadBalancer {
  readonly id: HaproxyId;
  readonly text: HaproxyText;
}

async function storedLoadBalancers(context: StatusContext): Promise<StoredLoadBalancer[]> {
  const found = await Promise.all(
    (await loadBalancerIds(context)).map(async (id) => {
      try {
        return [{ id, text: await readStoredText(context, '1.0', id) }];
      } catch (error) {
        if (error instanceof NotFound) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}
