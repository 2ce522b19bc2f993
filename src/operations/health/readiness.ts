import {
  type AmphoraHealth,
  type HaproxyHealth,
  isLate,
  type Readiness,
  readiness,
} from '../../domain/health/readiness.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { readPluggedInterfaces } from '../../domain/network/plugged-interfaces.ts';
import { AMPHORA_NAMESPACE, haproxyService, PLUGGED_INTERFACES } from '../../domain/paths.ts';
import type { OperationContext } from '../context.ts';
import { readHaproxyOrders } from '../haproxy/orders.ts';
import { workerAnswers } from '../haproxy/processes.ts';
import { interfacesIn } from '../interfaces/interface-files.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';
import { certificateHealth } from './certificates.ts';
import { lastHeartbeatFailure } from './last-heartbeat-failure.ts';
import { createLooks, type Looks } from './looks.ts';

type HealthContext = Pick<
  OperationContext,
  'config' | 'configFile' | 'paths' | 'host' | 'heartbeat' | 'recent' | 'drift' | 'logger'
>;

/** The longest time until a worker answers. */
const ANSWER_MS = 2_000;

/**
 * Observes what decides whether the amphora is ready. It names the parts that can't be read, and never throws.
 * @param answerMs the longest time until a haproxy answers
 */
export async function amphoraHealth(context: HealthContext, answerMs = ANSWER_MS): Promise<AmphoraHealth> {
  const looks = createLooks(context);
  const [interfaces, haproxys, keepalived, certificates, disks, heartbeat, upgrade] = await Promise.all([
    looks.at('the interfaces', () => interfaceHealth(context), UNREAD_INTERFACES),
    haproxyStates(context, looks, answerMs),
    looks.at('the files of keepalived', () => keepalivedHealth(context), 'unknown'),
    looks.at('the certificates', () => certificateHealth(context), []),
    diskHealth(context, looks),
    heartbeatHealth(context),
    looks.at('the files of the last upgrade', () => upgradeHealth(context), undefined),
  ]);
  return {
    ...{ ...interfaces, haproxys, keepalived, certificates, disks, heartbeat },
    drift: context.drift.items(),
    upgrade,
    unread: looks.unread(),
  };
}

/** Judges the amphora as it is now. */
export const amphoraReadiness = async (context: HealthContext): Promise<Readiness> =>
  readiness(await amphoraHealth(context), new Date());

async function diskHealth({ paths, host }: HealthContext, looks: Looks): Promise<AmphoraHealth['disks']> {
  const found = await Promise.all(
    [paths.base, '/'].map((path) =>
      looks.at(
        `the free bytes and inodes of ${path}`,
        async () => [{ path, ...(await host.files.diskRoom(path)) }],
        [],
      ),
    ),
  );
  return found.flat();
}

/** Loads nothing on an amphora that never had an upgrade. */
async function upgradeHealth(context: HealthContext): Promise<AmphoraHealth['upgrade']> {
  if (!(await context.host.files.exists(context.paths.upgrade.record))) return undefined;
  return (await import('../upgrade/records.ts')).lastUpgrade(context);
}

type InterfaceHealth = Pick<
  AmphoraHealth,
  'hasNamespace' | 'missingInterfaces' | 'downInterfaces' | 'interfaces'
>;

/** Nothing is known, so nothing is said about single interfaces. */
const UNREAD_INTERFACES: InterfaceHealth = { hasNamespace: true, missingInterfaces: [], downInterfaces: [] };

async function interfaceHealth({ config, host }: HealthContext): Promise<InterfaceHealth> {
  const hasNamespace = await host.files.exists(`/run/netns/${AMPHORA_NAMESPACE}`);
  const wanted = await interfacesIn({ host }, config().agentServerNetworkDir, '.json');
  const plugged = readPluggedInterfaces((await host.files.readText(PLUGGED_INTERFACES)) ?? '');
  const macAddresses = new Map(plugged.map(({ name, macAddress }) => [name, macAddress]));
  const links = new Map((await host.network.links()).map((link) => [link.name, link]));
  return {
    hasNamespace,
    missingInterfaces: wanted.filter((name) => !links.has(name)),
    downInterfaces: wanted.filter((name) => links.get(name)?.up === false),
    interfaces: wanted.map((name) => ({ name, macAddress: macAddresses.get(name) })),
  };
}

async function haproxyStates(
  context: HealthContext,
  looks: Looks,
  answerMs: number,
): Promise<readonly HaproxyHealth[]> {
  const ids = await looks.at('the files of the load balancers', () => loadBalancerIds(context), []);
  return Promise.all(
    ids.map((id) =>
      looks.at<HaproxyHealth>(
        `the processes of load balancer ${id}`,
        () => haproxyHealth(context, id, answerMs),
        { id, state: 'unknown' },
      ),
    ),
  );
}

async function haproxyHealth(
  context: HealthContext,
  id: HaproxyId,
  answerMs: number,
): Promise<HaproxyHealth> {
  const statsSocket = await statsSocketFor(context, id);
  // the service manager is asked last: systemctl is slow
  if (await workerAnswers(context, statsSocket, answerMs)) return { id, state: 'serves' };
  const { status } = await context.host.services.state(haproxyService(id));
  if (status === 'inactive') {
    const { wanted } = await readHaproxyOrders(context, id);
    return { id, state: wanted === 'running' ? 'down' : 'stopped' };
  }
  return { id, state: status === 'active' ? 'silent' : 'down' };
}

/** Has the criterion of heartbeats, which are not sent while a configured keepalived does not run. */
async function keepalivedHealth({ paths, host }: HealthContext): Promise<AmphoraHealth['keepalived']> {
  if (!(await host.files.exists(paths.vrrp.config))) return 'not configured';
  const pid = await host.processes.runningPid(paths.vrrp.pidFile, 'keepalived');
  return pid === undefined ? 'down' : 'runs';
}

async function heartbeatHealth(context: HealthContext): Promise<AmphoraHealth['heartbeat']> {
  const { controllers, heartbeatKey, heartbeatInterval } = context.config();
  const known = {
    hasControllers: controllers.length > 0,
    hasKey: heartbeatKey !== undefined,
    intervalMs: heartbeatInterval * 1000,
    sinceSentMs: context.heartbeat.counts().sinceSentMs,
    sinceStartMs: performance.now(),
  };
  // the heartbeat thread is disturbed only when it matters
  return isLate(known) ? { ...known, lastFailure: await lastHeartbeatFailure(context.recent) } : known;
}
