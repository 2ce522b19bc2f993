import type { ApiVersion } from '../../domain/api-version.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { type ServiceAction, ServiceFailed } from '../../errors.ts';
import { updateMetricsProxy } from '../amphora/metrics-proxy.ts';
import type { OperationContext } from '../context.ts';
import { updateCheckScripts } from '../keepalived/check-scripts.ts';
import { advertiseVips } from '../network/advertisements.ts';
import { applyStored } from '../run-time/apply-stored.ts';
import { forgetDrains } from '../run-time/drain-record.ts';
import { readStoredText } from '../stored-configs.ts';
import { runStored } from './last-good.ts';
import { noteWanted } from './orders.ts';
import { askMaster } from './processes.ts';
import { emptyServersState } from './servers-state-file.ts';
import { startHaproxy } from './start.ts';

const FIRST_ANSWER_MS = 500;

/** The action that took place. A reload of a stopped service starts it. */
export type ActionDone = 'started' | 'stopped' | 'reloaded';

/**
 * Starts, stops or reloads the haproxy of one load balancer (docs/contract.md, section 5).
 * @throws NotFound when no configuration is stored; ServiceFailed with the output of haproxy or of the service manager
 */
export function actOnLoadBalancer(
  context: OperationContext,
  version: ApiVersion,
  id: HaproxyId,
  action: ServiceAction,
): Promise<ActionDone> {
  const operation = async (): Promise<ActionDone> => {
    const text = await readStoredText(context, version, id);
    await noteWanted(context, id, action === 'stop' ? 'stopped' : 'running');
    const done = await actBesideMetrics(context, id, action);
    context.logger.info({ loadBalancer: id, action: done }, 'haproxy action done');
    // not awaited: the answer doesn't depend on it, and a failure is only logged
    const isSingle = context.config().topology !== 'ACTIVE_STANDBY';
    if (isSingle && done !== 'stopped') void advertiseVips(context, text.vips);
    return done;
  };
  if (action !== 'reload') return context.queue.run(id, operation);
  // a reload that waits will read the same configuration as this one
  return context.queue.runOnce(id, `reload in API ${version}`, operation);
}

/**
 * Runs the action under the lock of the load balancer, which the caller holds. Updates the metrics proxy afterwards, also after
 * a failure: the action may have changed what haproxy serves.
 * @throws ServiceFailed
 */
export async function actBesideMetrics(
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
 * Runs the action and updates the check scripts. Keepalived's check queries every haproxy that should run, even if its
 * start fails. A stop removes the haproxy from the check first, so that the check doesn't fail, and once more afterwards:
 * an action on another load balancer may have added the haproxy again in between.
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
    // a haproxy that can't be stopped still runs, so the check includes it again
    if (error instanceof ServiceFailed) await updateCheckScripts(context, { id, shouldRun: true });
    throw error;
  }
}

async function act(context: OperationContext, id: HaproxyId, action: ServiceAction): Promise<ActionDone> {
  const { services } = context.host;
  const name = haproxyService(id);
  if (action === 'stop') {
    await services.stop(name);
    await forgetDrains(context, id);
    return 'stopped';
  }
  const runs =
    (action === 'reload' && (await masterAnswers(context, id))) ||
    (await services.state(name)).status === 'active';
  if (action === 'reload' && runs) {
    await applyStored(context, id);
    await forgetDrains(context, id);
    return 'reloaded';
  }
  const start = async (): Promise<void> => {
    await emptyServersState(context, id);
    await startHaproxy(context, id);
  };
  // a start doesn't change a running haproxy, whose configuration may be older than the stored one
  await (runs ? start() : runStored(context, id, start));
  return 'started';
}

/** Queries haproxy's master socket: that is faster than a run of systemctl. */
const masterAnswers = async (context: OperationContext, id: HaproxyId): Promise<boolean> =>
  context.host.services.kind === 'systemd' &&
  (await askMaster(context, id, undefined, FIRST_ANSWER_MS)) !== undefined;
