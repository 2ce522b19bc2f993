import { setTimeout as delay } from 'node:timers/promises';
import { isOrdered, originOf } from '../../domain/haproxy/haproxy-orders.ts';
import type { KeptConfig } from '../../domain/haproxy/kept-config.ts';
import type { LoadState } from '../../domain/haproxy/master-processes.ts';
import type { RollbackResult } from '../../domain/haproxy/rollback-result.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { reasonOf, ServiceFailed, ServiceSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { statsSocketFor } from '../stored-configs.ts';
import { forgetUnnamed, keepStoredConfig, keptConfigs, readKeptConfig } from './history.ts';
import { noteStored, readHaproxyOrders } from './orders.ts';
import { askLoadState, askWorkerPid } from './processes.ts';
import { reloadHaproxy } from './reload.ts';
import { emptyServersState } from './servers-state-file.ts';
import { startHaproxy } from './start.ts';
import { StoredConfigFailed } from './stored-config-failed.ts';

const CONFIG_MODE = 0o600;
/** haproxy tries for two or three seconds to bind an address in use. A large configuration takes as long to load. */
const LOADING_MS = 10_000;
const LOADING_POLL_MS = 200;

type LastGoodContext = Pick<OperationContext, 'paths' | 'host' | 'logger' | 'reloads'>;
type StoredContext = Omit<LastGoodContext, 'reloads'>;

/**
 * Makes haproxy run the stored configuration and adds that to the history. If the configuration doesn't run, it is put
 * aside and the one that ran last is restored, so that the file on disk is the one that runs.
 * @param bringUp starts or reloads haproxy
 * @throws StoredConfigFailed with haproxy's output and the result of the rollback. ServiceSilent when no signal was sent to
 *   haproxy: then nothing has changed
 */
export async function runStored(
  context: LastGoodContext,
  id: HaproxyId,
  bringUp: () => Promise<void>,
): Promise<void> {
  try {
    await bringUp();
  } catch (error) {
    if (!(error instanceof ServiceFailed) || error instanceof ServiceSilent) throw error;
    throw await rollBack(context, id, error);
  }
  await keepStoredConfig(context, id);
}

/**
 * Restores the configuration that ran last, has haproxy run it, and counts the result.
 * @returns the failure, with the result of the rollback
 */
export async function rollBack(
  context: LastGoodContext,
  id: HaproxyId,
  failure: ServiceFailed,
): Promise<StoredConfigFailed> {
  const { result, outcome } = await countedRollback(context, id);
  context.logger.warn(
    { loadBalancer: id, reason: failure.output, outcome },
    'haproxy configuration does not run',
  );
  const output = `${failure.output.trimEnd()}\n${outcome}`.trimStart();
  return new StoredConfigFailed(failure, output, result, failure);
}

/** How a rollback ended. */
interface Rollback {
  readonly result: RollbackResult;
  /** the result for a person, with the md5 of the configuration */
  readonly outcome: string;
}

async function countedRollback(context: LastGoodContext, id: HaproxyId): Promise<Rollback> {
  let result: RollbackResult = 'not rolled back';
  try {
    const rollback = await rollBackToLast(context, id);
    result = rollback.result;
    return rollback;
  } finally {
    context.reloads.rollBack('failure', result);
  }
}

async function rollBackToLast(context: LastGoodContext, id: HaproxyId): Promise<Rollback> {
  const { paths, host } = context;
  const { config, failedConfig } = paths.loadBalancer(id);
  const [last] = await keptConfigs(context, id);
  const ended = (result: RollbackResult, outcome: string): Rollback => ({ result, outcome });
  const nothing = (reason: string): Rollback =>
    ended('nothing to roll back to', `nothing to roll back to: ${reason}`);
  if (last === undefined) return nothing('no configuration of this load balancer has run yet');
  const stored = await host.files.read(config);
  if (stored !== undefined && md5Hex(stored) === last.md5)
    return nothing(`${last.md5} is the one that ran last`);
  if (!(await storeKept(context, id, last)))
    return ended('copy damaged', `not rolled back: the copy of ${last.md5} is damaged`);
  if (stored !== undefined) await host.files.write(failedConfig, stored, { mode: CONFIG_MODE });
  try {
    await startOrReload(context, id);
    return ended('rolled back', `rolled back to ${last.md5}`);
  } catch (error) {
    if (!(error instanceof ServiceFailed)) throw error;
    const why = `rolled back to ${last.md5}, which does not run either: ${error.output}`;
    return ended('does not run either', why);
  } finally {
    await forgetUnnamed(context, id);
  }
}

/** Replaces the stored configuration with one from the history. @returns false when that one is missing or damaged */
export async function storeKept(context: StoredContext, id: HaproxyId, kept: KeptConfig): Promise<boolean> {
  const content = await readKeptConfig(context, id, kept);
  if (content === undefined) return false;
  await emptyServersState(context, id);
  await noteStored(context, id, kept.md5);
  await context.host.files.write(context.paths.loadBalancer(id).config, content, { mode: CONFIG_MODE });
  return true;
}

/** Does nothing to a haproxy whose worker serves. */
async function startOrReload(context: LastGoodContext, id: HaproxyId): Promise<void> {
  const { services } = context.host;
  const service = haproxyService(id);
  if ((await services.state(service)).status !== 'active') return startHaproxy(context, id);
  if ((await loadStateOf(context, id)) !== 'serves') await reloadHaproxy(context, id);
}

/**
 * Adds the stored configuration to the history if it runs and is missing there. That happens after a kill of the agent, or
 * when another agent started haproxy. A configuration that is older than the worker runs.
 */
export async function keepIfRunning(context: StoredContext, id: HaproxyId): Promise<void> {
  const { paths, host } = context;
  const { config } = paths.loadBalancer(id);
  const stored = await host.files.read(config);
  if (stored === undefined || (await keptConfigs(context, id))[0]?.md5 === md5Hex(stored)) return;
  // the stats socket belongs to a worker that serves; the master also lists a worker that still loads
  const worker = await askWorkerPid(context, await statsSocketFor(context, id));
  const workerAge = worker === undefined ? undefined : await host.processes.ageSeconds(worker);
  const configAge = await host.files.ageSeconds(config);
  if (workerAge !== undefined && configAge !== undefined && workerAge < configAge)
    await keepStoredConfig(context, id);
}

/**
 * Rolls back a stored configuration that haproxy does not run: the agent was killed during a reload, or haproxy was started
 * with a broken configuration. Does nothing when haproxy runs the configuration or was stopped. Failures are logged. A
 * configuration that was changed by hand is not added to the history, which has what controllers wanted, and one that nobody
 * ordered haproxy to run is not started.
 */
export async function rollBackIfBroken(context: LastGoodContext, id: HaproxyId): Promise<void> {
  const { paths, host, logger } = context;
  const service = haproxyService(id);
  try {
    const stored = await host.files.read(paths.loadBalancer(id).config);
    if (stored === undefined) return;
    const md5 = md5Hex(stored);
    const orders = await readHaproxyOrders(context, id);
    const mayRun = isOrdered(md5, orders);
    if (mayRun || originOf(md5, orders) !== 'hand') await keepIfRunning(context, id);
    const { status } = await host.services.state(service);
    const [last] = await keptConfigs(context, id);
    if (status === 'inactive' || last === undefined || last.md5 === md5) return;
    if (status !== 'active') {
      // a kill of the agent during a stop may leave a service that failed
      if (orders.wanted === 'stopped') return;
      if (!mayRun) return logNotOrdered(context, id);
      return await runStored(context, id, () => startHaproxy(context, id));
    }
    if ((await loadStateInTheEnd(context, id)) !== 'failed') return;
    await rollBack(context, id, new ServiceFailed('reload', service, 'its last reload failed'));
  } catch (error) {
    logger.error(
      { loadBalancer: id, reason: reasonOf(error) },
      'haproxy does not run its configuration: repair failed',
    );
  }
}

/** Logs that the start of the agent leaves a haproxy as it is, because it would put in force what was only uploaded. */
export const logNotOrdered = ({ logger }: Pick<LastGoodContext, 'logger'>, id: HaproxyId): void =>
  logger.warn(
    { loadBalancer: id },
    'haproxy is left as it is: nobody ordered it to run its stored configuration',
  );

/**
 * Waits for the end of a running reload. haproxy 3.1 and later list the worker that loads. Masters before 3.1 don't answer
 * during a reload.
 * @returns undefined when no master answers
 */
async function loadStateInTheEnd(context: LastGoodContext, id: HaproxyId): Promise<LoadState | undefined> {
  const { masterSocket } = context.paths.loadBalancer(id);
  const end = performance.now() + LOADING_MS;
  for (;;) {
    const state = await loadStateOf(context, id);
    const isSilent = state === undefined && (await context.host.files.exists(masterSocket));
    if ((state !== 'loading' && !isSilent) || performance.now() > end) return state;
    await delay(LOADING_POLL_MS);
  }
}

const loadStateOf = async (context: LastGoodContext, id: HaproxyId): Promise<LoadState | undefined> =>
  askLoadState(context, { id, statsSocket: await statsSocketFor(context, id) });
