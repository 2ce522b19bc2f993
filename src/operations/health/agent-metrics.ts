import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HaproxyId } from '../../domain/ids.ts';
import type { MetricFamily, Sample } from '../../domain/metrics/metric-family.ts';
import type { OperationContext } from '../context.ts';
import { askMaster } from '../haproxy/processes.ts';
import { loadBalancerIds } from '../stored-configs.ts';
import { certificateHealth } from './certificates.ts';
import { healthMetrics } from './health-metrics.ts';
import { createLooks } from './looks.ts';
import { memberCountMetrics } from './member-counts.ts';

type MetricsContext = Pick<
  OperationContext,
  | 'version'
  | 'config'
  | 'configFile'
  | 'paths'
  | 'host'
  | 'heartbeat'
  | 'recent'
  | 'reloads'
  | 'requests'
  | 'drift'
  | 'logger'
>;

const MASTER_MS = 500;
const MS_PER_SECOND = 1000;

/**
 * Returns the metrics of the agent and of the amphora. Labels name load balancers, never members. What can't be read is left out.
 */
export async function agentMetrics(context: MetricsContext): Promise<MetricFamily[]> {
  // alone: the work for the other metrics would delay the event loop
  const loop = await eventLoopMetrics();
  const looks = createLooks(context);
  const [build, health, members, draining, certificates, machine] = await Promise.all([
    looks.at('the versions of packages', () => buildMetrics(context), []),
    healthMetrics(context),
    memberCountMetrics(context, looks),
    looks.at('the replaced workers', () => drainingMetrics(context), []),
    looks.at('the certificates', () => certificateMetrics(context), []),
    looks.at('the open files and disks', () => machineMetrics(context), []),
  ]);
  return [
    ...build,
    ...health,
    ...members,
    ...context.requests.families(),
    ...heartbeatMetrics(context),
    ...context.reloads.families(),
    ...context.drift.families(),
    ...draining,
    ...certificates,
    ...processMetrics(context),
    ...loop,
    ...machine,
  ];
}

const gauge = (name: string, help: string, samples: readonly Sample[]): MetricFamily => ({
  name: `amphora_agent_${name}`,
  help,
  type: 'gauge',
  samples,
});
const counter = (name: string, help: string, samples: readonly Sample[]): MetricFamily => ({
  ...gauge(name, help, samples),
  type: 'counter',
});

async function buildMetrics({ version, host }: MetricsContext): Promise<MetricFamily[]> {
  const packages = await host.system.packageVersions(['haproxy', 'keepalived', 'ipvsadm']);
  const labels = {
    version,
    haproxy: packages['haproxy'] ?? '',
    keepalived: packages['keepalived'] ?? '',
    node: host.system.ownProcess().nodeVersion,
  };
  return [gauge('build_info', 'Versions; the value is always 1.', [{ labels, value: 1 }])];
}

function heartbeatMetrics({ heartbeat }: MetricsContext): MetricFamily[] {
  const { sent, failed, silent, bytes, restarts, sinceSentMs, late } = heartbeat.counts();
  return [
    counter('heartbeats', 'Heartbeats by result; silent ones were not sent on purpose.', [
      { labels: { result: 'sent' }, value: sent },
      { labels: { result: 'failed' }, value: failed },
      { labels: { result: 'silent' }, value: silent },
    ]),
    counter('heartbeat_bytes', 'Bytes of the sent heartbeats.', [{ value: bytes }]),
    counter('heartbeat_thread_restarts', 'Restarts of the heartbeat thread.', [{ value: restarts }]),
    gauge(
      'heartbeat_age_seconds',
      'Seconds since the last sent heartbeat.',
      sinceSentMs === undefined ? [] : [{ value: sinceSentMs / MS_PER_SECOND }],
    ),
    gauge(
      'heartbeat_lateness_seconds',
      'Seconds from the time at which the last heartbeat should have gone out until it did.',
      late === undefined ? [] : [{ value: late.lastMs / MS_PER_SECOND }],
    ),
    gauge(
      'heartbeat_lateness_max_seconds',
      'The largest lateness of a heartbeat since the start of the agent.',
      late === undefined ? [] : [{ value: late.mostMs / MS_PER_SECOND }],
    ),
  ];
}

async function drainingMetrics(context: MetricsContext): Promise<MetricFamily[]> {
  const ids = await loadBalancerIds(context);
  const found = await Promise.all(ids.map((id) => drainingOf(context, id)));
  return [
    gauge(
      'draining_workers',
      'Replaced haproxy workers that still finish their connections.',
      found.map(({ labels, count }) => ({ labels, value: count })),
    ),
    gauge(
      'draining_worker_age_seconds',
      'Age of the oldest haproxy worker that was replaced and still runs.',
      found.flatMap(({ labels, oldest }) => (oldest === undefined ? [] : [{ labels, value: oldest }])),
    ),
  ];
}

async function drainingOf(context: MetricsContext, id: HaproxyId) {
  const labels = { loadbalancer: id };
  const master = await askMaster(context, id, undefined, MASTER_MS);
  const pids = master?.oldWorkerPids ?? [];
  const ages = await Promise.all(pids.map((pid) => context.host.processes.ageSeconds(pid)));
  const known = ages.filter((age) => age !== undefined);
  return { labels, count: pids.length, oldest: known.length === 0 ? undefined : Math.max(...known) };
}

async function certificateMetrics(context: MetricsContext): Promise<MetricFamily[]> {
  const certificates = await certificateHealth(context);
  return [
    gauge(
      'certificate_expiry_timestamp_seconds',
      'When a certificate expires, in seconds since 1970.',
      certificates.map(({ name, notAfter }) => ({
        labels: { file: name },
        value: notAfter.getTime() / MS_PER_SECOND,
      })),
    ),
  ];
}

/** Measures the main thread when it is asked, so that no timer wakes an agent that nobody asks. */
async function eventLoopMetrics(): Promise<MetricFamily[]> {
  const began = performance.now();
  await nextTurn();
  const delay = performance.now() - began;
  const { utilization, active } = performance.eventLoopUtilization();
  return [
    gauge('event_loop_delay_seconds', 'Seconds until the main thread did what was due at this scrape.', [
      { value: delay / MS_PER_SECOND },
    ]),
    gauge('event_loop_utilization', 'Share of the time in which the main thread worked, since its start.', [
      { value: utilization },
    ]),
    counter('event_loop_active_seconds', 'Seconds in which the main thread worked.', [
      { value: active / MS_PER_SECOND },
    ]),
  ];
}

function processMetrics({ host }: MetricsContext): MetricFamily[] {
  const { memory, cpu, uptimeSeconds } = host.system.ownProcess();
  const byLabel = (label: string, values: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
  return [
    gauge('memory_bytes', 'Memory of the agent by kind.', byLabel('kind', memory)),
    counter('cpu_seconds', 'Processor time of the agent.', byLabel('mode', cpu)),
    gauge('uptime_seconds', 'Seconds since the start of the agent.', [{ value: uptimeSeconds }]),
  ];
}

async function machineMetrics({ paths, host }: MetricsContext): Promise<MetricFamily[]> {
  const descriptors = (await host.files.list('/proc/self/fd')).length;
  const rooms = await Promise.all(
    [paths.base, '/'].map(async (path) => ({ labels: { path }, room: await host.files.diskRoom(path) })),
  );
  return [
    gauge('open_files', 'Open file descriptors of the agent.', [{ value: descriptors }]),
    gauge(
      'disk_available_bytes',
      'Free bytes of a file system.',
      rooms.map(({ labels, room }) => ({ labels, value: room.availableBytes })),
    ),
    gauge(
      'disk_available_inodes',
      'Free inodes of a file system.',
      rooms.map(({ labels, room }) => ({ labels, value: room.availableInodes })),
    ),
  ];
}
