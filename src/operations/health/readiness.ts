import type { AmphoraHealth, HaproxyHealth } from '../../domain/health/readiness.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { AMPHORA_NAMESPACE, haproxyService, KEEPALIVED_SERVICE } from '../../domain/paths.ts';
import type { OperationContext } from '../context.ts';
import { workerAnswers } from '../haproxy/processes.ts';
import { interfacesIn } from '../interfaces/interface-files.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';
import { certificateHealth } from './certificates.ts';

type HealthContext = Pick<
  OperationContext,
  'config' | 'configFile' | 'paths' | 'host' | 'heartbeat' | 'drift'
>;

/** The longest time until a worker answers. */
const ANSWER_MS = 2_000;

/** Observes what decides whether the amphora is ready. @throws CommandFailed when the namespace can't be read */
export async function amphoraHealth(context: HealthContext): Promise<AmphoraHealth> {
  const { paths, host } = context;
  const [interfaces, haproxys, keepalived, certificates, disks] = await Promise.all([
    interfaceHealth(context),
    loadBalancerIds(context).then((ids) => Promise.all(ids.map((id) => haproxyHealth(context, id)))),
    keepalivedHealth(context),
    certificateHealth(context),
    Promise.all([paths.base, '/'].map(async (path) => ({ path, ...(await host.files.diskRoom(path)) }))),
  ]);
  return {
    ...{ ...interfaces, haproxys, keepalived, certificates, disks },
    heartbeat: heartbeatHealth(context),
    drift: context.drift.items(),
  };
}

async function interfaceHealth({
  config,
  host,
}: HealthContext): Promise<Pick<AmphoraHealth, 'hasNamespace' | 'missingInterfaces' | 'downInterfaces'>> {
  const hasNamespace = await host.files.exists(`/run/netns/${AMPHORA_NAMESPACE}`);
  const wanted = await interfacesIn({ host }, config().agentServerNetworkDir, '.json');
  const links = new Map((await host.network.links()).map((link) => [link.name, link]));
  return {
    hasNamespace,
    missingInterfaces: wanted.filter((name) => !links.has(name)),
    downInterfaces: wanted.filter((name) => links.get(name)?.up === false),
  };
}

async function haproxyHealth(context: HealthContext, id: HaproxyId): Promise<HaproxyHealth> {
  const { status } = await context.host.services.state(haproxyService(id));
  if (status === 'inactive') return { id, state: 'stopped' };
  if (status !== 'active') return { id, state: 'down' };
  const statsSocket = await statsSocketFor(context, id);
  return { id, state: (await workerAnswers(context, statsSocket, ANSWER_MS)) ? 'serves' : 'silent' };
}

async function keepalivedHealth({ paths, host }: HealthContext): Promise<AmphoraHealth['keepalived']> {
  if (!(await host.files.exists(paths.vrrp.config))) return 'not configured';
  return (await host.services.state(KEEPALIVED_SERVICE)).status === 'active' ? 'runs' : 'down';
}

function heartbeatHealth({ config, heartbeat }: HealthContext): AmphoraHealth['heartbeat'] {
  const { controllers, heartbeatKey, heartbeatInterval } = config();
  return {
    hasControllers: controllers.length > 0,
    hasKey: heartbeatKey !== undefined,
    intervalMs: heartbeatInterval * 1000,
    sinceSentMs: heartbeat.counts().sinceSentMs,
    sinceStartMs: performance.now(),
  };
}
