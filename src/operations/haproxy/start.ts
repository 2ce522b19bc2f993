import { setTimeout as delay } from 'node:timers/promises';
import { alertsFirst } from '../../domain/haproxy/haproxy-log.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { ServiceFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { forgetFormerWorker } from '../run-time/worker.ts';
import { askLoadState, askWorkerPid } from './processes.ts';

/** A worker answers some milliseconds after its master reports that it is ready. */
const ANSWER_LIMIT_MS = 30_000;
const LOOK_MS = 25;

type StartContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/**
 * Starts a haproxy and returns once its worker answers. The master writes its pid file and reports that it is ready
 * earlier: before the worker drops its privileges and enters its directory. When that fails, the master ends.
 * @throws ServiceFailed with haproxy's alerts first
 */
export async function startHaproxy(context: StartContext, id: HaproxyId): Promise<void> {
  const { services } = context.host;
  const name = haproxyService(id);
  const since = await services.outputMark(name);
  await services.start(name).catch((error: unknown) => {
    if (!(error instanceof ServiceFailed)) throw error;
    throw new ServiceFailed('start', name, alertsFirst(error.output));
  });
  const answers = await workerProbe(context, id);
  const { mainPid } = await services.state(name);
  const began = performance.now();
  while (!(await answers())) {
    const now = await services.state(name);
    const isLate = performance.now() - began > ANSWER_LIMIT_MS;
    if (isLate || now.status !== 'active' || now.mainPid !== mainPid) {
      const reason = isLate ? 'haproxy does not answer' : 'haproxy ended right after its start';
      const output = alertsFirst(await services.outputSince(name, since));
      throw new ServiceFailed('start', name, output === '' ? reason : output);
    }
    await delay(LOOK_MS);
  }
  await forgetFormerWorker(context, id);
}

/**
 * Returns a function that checks whether the worker answers. A custom configuration may have no stats socket: then the
 * master reports whether a worker serves. A haproxy with neither socket (from another agent's unit) counts as ready as
 * soon as the service manager reports it as active.
 */
async function workerProbe(context: StartContext, id: HaproxyId): Promise<() => Promise<boolean>> {
  const { config, statsSocket, masterSocket } = context.paths.loadBalancer(id);
  const named = (await context.host.haproxyTexts.read(config))?.statsSocket;
  if (named !== undefined) return async () => (await askWorkerPid(context, named)) !== undefined;
  return async () => {
    const state = await askLoadState(context, { id, statsSocket });
    return state === 'serves' || (state === undefined && !(await context.host.files.exists(masterSocket)));
  };
}
