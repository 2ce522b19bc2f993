import path from 'node:path';
import { certificateFacts } from '../../domain/diagnostics/certificate-facts.ts';
import { FILE_BYTES } from '../../domain/diagnostics/limits.ts';
import { withJoinedLines } from '../../domain/diagnostics/redaction.ts';
import { keptConfigName } from '../../domain/haproxy/kept-config.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { toWorker } from '../../domain/run-time/worker-commands.ts';
import { SocketSilent } from '../../errors.ts';
import { keptConfigs } from '../haproxy/history.ts';
import { readHaproxyModel, statsSocketOf } from '../stored-configs.ts';
import { type DiagnosticsContext, filePart, jsonPart, type Part, presentFile } from './part.ts';

const ANSWER_MS = 3_000;

/** The commands of a haproxy's worker, by the file of their answers. */
const WORKER_COMMANDS = {
  'info.txt': 'show info',
  'stat.csv': 'show stat',
  'servers-state.txt': 'show servers state',
  'activity.txt': 'show activity',
  'sessions.txt': 'show sess',
  'errors.txt': 'show errors',
  'startup-logs.txt': 'show startup-logs',
} as const;

/** Returns the parts of a load balancer (API 0.5: of a listener). */
export async function haproxyParts(context: DiagnosticsContext, id: HaproxyId): Promise<Part[]> {
  const at = context.paths.loadBalancer(id);
  const place = (name: string): string => `load-balancers/${id}/${name}`;
  const kept = await keptConfigs(context, id);
  return [
    filePart(context, place('haproxy.cfg'), at.config),
    ...(await presentFile(context, place('haproxy.cfg.new-failed'), at.failedConfig)),
    jsonPart(place('model.json'), () => modelOf(context, id)),
    ...(await presentFile(context, place('run-time.json'), at.runTimeRecord)),
    ...(await presentFile(context, place('orders.json'), at.orders)),
    ...(await presentFile(context, place('servers-state'), at.serversState)),
    ...(await presentFile(context, place('api-version'), at.apiVersion)),
    jsonPart(place('certificates.json'), () => certificatesIn(context, id)),
    {
      name: place('haproxy/processes.txt'),
      read: () => context.host.haproxy.ask(at.masterSocket, 'show proc', ANSWER_MS, FILE_BYTES),
    },
    ...Object.entries(WORKER_COMMANDS).map(([name, command]) => ({
      name: place(`haproxy/${name}`),
      read: async () => withJoinedLines(await askWorker(context, id, command)),
    })),
    ...kept.map((one) => {
      const name = keptConfigName(one);
      return filePart(context, place(`history/${name}`), path.join(at.history, name));
    }),
  ];
}

/**
 * Sends a command over the master's socket, because the statistics socket in controllers' configurations has few rights. A
 * haproxy that another agent started may have only that socket.
 */
async function askWorker(context: DiagnosticsContext, id: HaproxyId, command: string): Promise<string> {
  const { host, paths } = context;
  const { masterSocket } = paths.loadBalancer(id);
  try {
    return await host.haproxy.ask(masterSocket, toWorker([command]), ANSWER_MS, FILE_BYTES);
  } catch (error) {
    const statsSocket = await statsSocketOf(context, id);
    if (!(error instanceof SocketSilent && error.isAbsent) || statsSocket === undefined) throw error;
    return host.haproxy.ask(statsSocket, command, ANSWER_MS, FILE_BYTES);
  }
}

async function modelOf(context: DiagnosticsContext, id: HaproxyId): Promise<unknown> {
  const stored = await readHaproxyModel(context, '1.0', id);
  return stored?.model ?? 'no model: the configuration was uploaded as a text';
}

async function certificatesIn({ host, paths }: DiagnosticsContext, id: HaproxyId): Promise<unknown> {
  const { certificates, modelCertificates } = paths.loadBalancer(id);
  const facts: Record<string, unknown> = {};
  for (const directory of [certificates, modelCertificates]) {
    for (const name of await host.files.list(directory)) {
      if (!name.endsWith('.pem')) continue;
      const file = path.join(directory, name);
      facts[file] = certificateFacts((await host.files.readText(file)) ?? '');
    }
  }
  return facts;
}
