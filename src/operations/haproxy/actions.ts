import type { ApiVersion } from '../../domain/api-version.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { type ServiceAction, ServiceFailed } from '../../errors.ts';
import { updateMetricsProxy } from '../amphora/metrics-proxy.ts';
import type { OperationContext } from '../context.ts';
import { updateCheckScripts } from '../keepalived/check-scripts.ts';
import { advertiseVips } from '../network/advertisements.ts';
import { readStoredText } from '../stored-configs.ts';
import { runStored } from './last-good.ts';
import { askMaster } from './processes.ts';
import { reloadHaproxy } from './reload.ts';
import { emptyServersState } from './servers-state-file.ts';
import { startHaproxy } from './start.ts';

const FIRST_ANSWER_MS = 500;

/** What was done in the end: a reload of what is stopped starts it. */
export type ActionDone = 'started' | 'stopped' | 'reloaded';

/**
 * Starts, stops or reloads the haproxy of one load balancer (contract section 5).
 * @throws NotFound where it has no configuration; ServiceFailed with the words of haproxy or of the service manager
 */
export function actOnLoadBalancer(
  context: OperationContext,
  version: ApiVersion,
  id: HaproxyId,
  action: ServiceAction,
): Promise<ActionDone> {
  return context.queue.run(id, async () => {
    const text = await readStoredText(context, version, id);
    const done = await actBesideMetrics(context, id, action);
    context.logger.info({ loadBalancer: id, action: done }, 'haproxy action done');
    // nobody waits for it: it fails in the log only
    const isSingle = context.config().topology !== 'ACTIVE_STANDBY';
    if (isSingle && done !== 'stopped') void advertiseVips(context, text.vips);
    return done;
  });
}

/** What haproxy serves after the action, done or not, decides on the metrics proxy. */
async function actBesideMetrics(
  context: OperationContext,
  id: HaproxyId,
  action: ServiceAction,
): Promise<ActionDone> {
  const isPair = context.config().topology === 'ACTIVE_STANDBY';
  try {
    return await (isPair ? actUnderCheck : act)(context, id, action);
  } finally {
    await updateMetricsProxy(context);
  }
}

/**
 * Keepalived's check asks every haproxy that should run, one that can't be started too. One that is to stop leaves the check
 * before it stops, so that the check never fails for it, and again after that: another load balancer's action may have
 * brought it back in between.
 */
async function actUnderCheck(
  context: OperationContext,
  id: HaproxyId,
  action: ServiceAction,
): Promise<ActionDone> {
  const shouldRun = action !== 'stop';
  if (!shouldRun) await updateCheckScripts(context, { id, shouldRun });
  try {
    const done = await act(context, id, action);
    await updateCheckScripts(context, { id, shouldRun });
    return done;
  } catch (error) {
    // what can't be stopped runs on and is asked again
    if (error instanceof ServiceFailed) await updateCheckScripts(context, { id, shouldRun: true });
    throw error;
  }
}

async function act(context: OperationContext, id: HaproxyId, action: ServiceAction): Promise<ActionDone> {
  const { services } = context.host;
  const name = haproxyService(id);
  if (action === 'stop') {
    await services.stop(name);
    return 'stopped';
  }
  const runs =
    (action === 'reload' && (await masterAnswers(context, id))) ||
    (await services.state(name)).status === 'active';
  if (action === 'reload' && runs) {
    await runStored(context, id, () => reloadHaproxy(context, id));
    return 'reloaded';
  }
  const start = async (): Promise<void> => {
    await emptyServersState(context, id);
    await startHaproxy(context, id);
  };
  // what runs already may be older than what is stored
  await (runs ? start() : runStored(context, id, start));
  return 'started';
}

/** Quicker to find out than what systemd says, for which systemctl has to be run. */
const masterAnswers = async (context: OperationContext, id: HaproxyId): Promise<boolean> =>
  context.host.services.kind === 'systemd' &&
  (await askMaster(context, id, undefined, FIRST_ANSWER_MS)) !== undefined;
