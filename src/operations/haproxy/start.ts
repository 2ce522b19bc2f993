import { setTimeout as delay } from 'node:timers/promises';
import { alertsFirst } from '../../domain/haproxy/haproxy-log.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { ServiceFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { askLoadState, askWorkerPid } from './processes.ts';

/** A worker answers some milliseconds after its master says that it is ready. */
const ANSWER_LIMIT_MS = 30_000;
const LOOK_MS = 25;

type StartContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/**
 * Starts a haproxy and returns once its worker answers: the master writes its pid file, and says that it is ready, before
 * the worker has given up its rights and entered its directory, and ends when that fails.
 * @throws ServiceFailed with haproxy's alerts first
 */
export async function startHaproxy(context: StartContext, id: HaproxyId): Promise<void> {
  const { services } = context.host;
  const name = haproxyService(id);
  const since = new Date();
  await services.start(name).catch((error: unknown) => {
    if (!(error instanceof ServiceFailed)) throw error;
    throw new ServiceFailed('start', name, alertsFirst(error.output));
  });
  const answers = await questionToWorker(context, id);
  const { mainPid } = await services.state(name);
  const began = performance.now();
  while (!(await answers())) {
    const now = await services.state(name);
    const isLate = performance.now() - began > ANSWER_LIMIT_MS;
    if (isLate || now.status !== 'active' || now.mainPid !== mainPid) {
      const reason = isLate ? 'haproxy does not answer' : 'haproxy ended right after its start';
      const words = alertsFirst(await services.outputSince(name, since));
      throw new ServiceFailed('start', name, words === '' ? reason : words);
    }
    await delay(LOOK_MS);
  }
}

/**
 * A configuration of somebody's own may have no stats socket; then the master knows whether there is a worker. A haproxy with
 * neither socket (a unit of another agent) can't be asked, and counts as soon as its manager calls it active.
 */
async function questionToWorker(context: StartContext, id: HaproxyId): Promise<() => Promise<boolean>> {
  const { config, statsSocket, masterSocket } = context.paths.loadBalancer(id);
  const named = (await context.host.haproxyTexts.read(config))?.statsSocket;
  if (named !== undefined) return async () => (await askWorkerPid(context, named)) !== undefined;
  return async () => {
    const state = await askLoadState(context, { id, statsSocket });
    return state === 'serves' || (state === undefined && !(await context.host.files.exists(masterSocket)));
  };
}
