import type { ApiVersion } from '../../domain/api-version.ts';
import type { ListenerId } from '../../domain/ids.ts';
import { type LvsText, readLvsText } from '../../domain/keepalived/lvs-text.ts';
import { keepalivedLvsService, lvsListenersAmong } from '../../domain/paths.ts';
import { NotFound, type ServiceAction, ServiceFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { advertiseVips } from '../network/advertisements.ts';
import { pruneModels, readModel, type StoredModel } from '../stored-models.ts';
import { updateCheckScripts } from './check-scripts.ts';
import { noteOrder, noteStop } from './orders.ts';
import { startKeepalived } from './start.ts';

/** The action that took place on a keepalived of LVS. */
export type LvsActionDone = 'started' | 'stopped' | 'restarted';

type FilesContext = Pick<OperationContext, 'paths' | 'host'>;

/** Returns the ids of the UDP and SCTP listeners that have a configuration, sorted. */
export async function lvsListenerIds({ paths, host }: FilesContext): Promise<ListenerId[]> {
  return lvsListenersAmong(await host.files.list(paths.lvsDirectory));
}

/** Returns whether the id belongs to a UDP or SCTP listener. */
export const isLvsListener = ({ paths, host }: FilesContext, id: ListenerId): Promise<boolean> =>
  host.files.exists(paths.lvsListener(id).config);

/** Returns the stored configuration, byte for byte. @throws NotFound when none is stored */
export async function readLvsConfig({ paths, host }: FilesContext, id: ListenerId): Promise<Buffer> {
  const content = await host.files.read(paths.lvsListener(id).config);
  if (content === undefined) throw new NotFound('udp-listener', id);
  return content;
}

/**
 * Returns the model of the stored configuration, or undefined when a text was uploaded.
 * @throws NotFound when no configuration is stored
 */
export const readLvsModel = async (context: FilesContext, id: ListenerId): Promise<StoredModel | undefined> =>
  readModel(context.host.files, context.paths.lvsListener(id).model, await readLvsConfig(context, id));

/** Returns the VIPs and members in the stored configuration. @throws NotFound when none is stored */
export const readStoredLvsText = async (context: FilesContext, id: ListenerId): Promise<LvsText> =>
  readLvsText((await readLvsConfig(context, id)).toString('latin1'));

/**
 * Returns whether a keepalived serves the listener. ERROR: keepalived died (docs/contract.md, section 3, `GET listeners`).
 */
export async function lvsListenerStatus(
  { paths, host }: FilesContext,
  id: ListenerId,
): Promise<'ACTIVE' | 'OFFLINE' | 'ERROR'> {
  const { pidFile } = paths.lvsListener(id);
  if ((await host.processes.runningPid(pidFile, 'keepalived')) !== undefined) return 'ACTIVE';
  return (await host.files.exists(pidFile)) ? 'ERROR' : 'OFFLINE';
}

/**
 * Starts, stops or restarts the keepalived of one UDP or SCTP listener (docs/contract.md, section 7). A reload restarts
 * keepalived: only a test on a kernel with IPVS could show that keepalived's own reload keeps the members.
 * @throws NotFound, named as in the API, when no configuration is stored; ServiceFailed, with the cause first, when
 *   keepalived ends before it is ready
 */
export function actOnLvsListener(
  context: OperationContext,
  version: ApiVersion,
  id: ListenerId,
  action: ServiceAction,
): Promise<LvsActionDone> {
  return context.queue.run(id, async () => {
    if (!(await isLvsListener(context, id))) {
      throw new NotFound(version === '1.0' ? 'load-balancer' : 'listener', id);
    }
    const done = await actOnHeldLvsListener(context, id, action);
    context.logger.info({ listener: id, action: done }, 'keepalived of LVS: action done');
    if (done !== 'stopped' && context.config().topology === 'SINGLE') {
      await advertiseVips(context, (await readStoredLvsText(context, id)).vips);
    }
    return done;
  });
}

/** As actOnLvsListener(), for a caller that holds the lock of the listener. */
export async function actOnHeldLvsListener(
  context: OperationContext,
  id: ListenerId,
  action: ServiceAction,
): Promise<LvsActionDone> {
  const { services } = context.host;
  const name = keepalivedLvsService(id);
  const at = context.paths.lvsListener(id);
  if (action === 'stop') {
    await noteStop(context, at);
    await services.stop(name);
    return 'stopped';
  }
  await noteOrder(context, at);
  if (action === 'start') {
    await startKeepalived(context, name);
    return 'started';
  }
  try {
    await services.stop(name);
    await startKeepalived(context, name);
  } catch (error) {
    if (!(error instanceof ServiceFailed)) throw error;
    throw new ServiceFailed(action, name, error.output, { cause: error });
  }
  return 'restarted';
}

/** Stops the keepalived of a UDP or SCTP listener and removes its files. Missing files don't matter. */
export function deleteLvsListener(context: OperationContext, id: ListenerId): Promise<void> {
  return context.queue.run(id, async () => {
    const { host, paths, logger } = context;
    if (!(await isLvsListener(context, id))) return;
    const at = paths.lvsListener(id);
    // an interrupted deletion must not look like a stop by hand
    await noteStop(context, at);
    await host.services.remove(keepalivedLvsService(id));
    await pruneModels(host.files, at.model);
    // The configuration is removed last: as long as it exists, a repeated request completes an interrupted one.
    const own = [at.mainConfig, at.newConfig, at.apiVersion, at.orders, at.config];
    const files = [at.pidFile, at.vrrpPidFile, at.checkPidFile, ...own];
    for (const file of files) await host.files.remove(file);
    await updateCheckScripts(context);
    logger.info({ listener: id }, 'UDP or SCTP listener deleted');
  });
}
