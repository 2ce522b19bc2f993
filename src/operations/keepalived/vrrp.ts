import path from 'node:path';
import { unusableVrrpValues, vrrpInterfaces } from '../../domain/keepalived/vrrp-values.ts';
import { AMPHORA_NAMESPACE, KEEPALIVED_SERVICE } from '../../domain/paths.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { InvalidInput, type ServiceAction, ServiceFailed } from '../../errors.ts';
import { renderCheckScript } from '../../render/check-scripts.ts';
import { keepalivedDefinition } from '../../render/units.ts';
import { type OperationContext, VRRP } from '../context.ts';
import { type DryRun, dryRun } from '../dry-run.ts';
import type { ActionDone } from '../haproxy/actions.ts';
import { installNamespaceService } from '../network/namespace-service.ts';
import { installService } from '../service-install.ts';
import { changeOf, type StoredUpload } from '../stored-change.ts';
import type { Upload } from '../upload.ts';
import { updateCheckScripts } from './check-scripts.ts';
import { checkKeepalived } from './config-check.ts';
import { writeMainConfig } from './main-config.ts';
import { renderVrrpModel } from './models.ts';
import { noteOrder, noteStop } from './orders.ts';
import { reloadKeepalived, startKeepalived } from './start.ts';

/** For root only: the configuration may hold the password of VRRP. */
const CONFIG_MODE = 0o600;
const SCRIPT_MODE = 0o755;
const CHECK_MODE = 0o600;

/**
 * Checks an uploaded configuration of keepalived, or the one that it renders from an uploaded model, and stores it with the
 * scripts that it runs (docs/contract.md, sections 6 and 11). Starts nothing.
 * @throws InvalidInput for an invalid model, and for an empty body: a configured keepalived that can't run stops the
 *   heartbeats; Rejected with keepalived's output for a broken configuration. The stored configuration is unchanged then
 */
export function uploadVrrp(context: OperationContext, upload: Upload): Promise<StoredUpload> {
  return context.queue.run(VRRP, async () => {
    const { paths, host, render, logger } = context;
    const config = configOf(context, upload);
    await host.files.withTemporaryDirectory(paths.certificates, async (directory) => {
      await check(context, directory, config);
      await host.files.makeDirectory(paths.vrrp.checkScripts);
      await host.files.write(paths.vrrp.checkScript, renderCheckScript(render, paths.vrrp), {
        mode: SCRIPT_MODE,
      });
      await writeMainConfig(context, paths.vrrp, checkedFile(context, directory));
    });
    await updateCheckScripts(context);
    await installNamespaceService(context);
    await installService(context, keepalivedDefinition(context));
    const change = await changeOf(host.files, paths.vrrp.config, config);
    await host.files.write(paths.vrrp.config, config, { mode: CONFIG_MODE });
    logger.info({ bytes: upload.body.length, isModel: 'model' in upload }, 'keepalived configuration stored');
    return { etag: md5Hex(upload.body), change };
  });
}

/** Returns the effect that uploadVrrp would have. */
export const tryVrrp = (context: OperationContext, upload: Upload): Promise<DryRun> =>
  context.queue.run(VRRP, () =>
    dryRun(context, {
      file: context.paths.vrrp.config,
      render: async () => configOf(context, upload),
      check: (directory, config) => check(context, directory, config),
    }),
  );

/** Returns the configuration to store. @throws InvalidInput */
function configOf(context: OperationContext, upload: Upload): Buffer {
  const config = 'model' in upload ? renderVrrpModel(context, upload) : upload.body;
  if (config.toString('latin1').trim() === '') {
    throw new InvalidInput('request', 'the keepalived configuration is empty');
  }
  return config;
}

const checkedFile = ({ paths }: OperationContext, directory: string): string =>
  path.join(directory, path.basename(paths.vrrp.config));

async function check(context: OperationContext, directory: string, config: Buffer): Promise<string> {
  const file = checkedFile(context, directory);
  await context.host.files.write(file, config, { mode: CHECK_MODE });
  return checkKeepalived(context, {
    object: KEEPALIVED_SERVICE,
    file,
    config,
    isController: true,
    unusable: unusableVrrpValues,
  });
}

/**
 * Starts, stops or reloads keepalived. A start of a running keepalived reloads it (docs/contract.md, section 3).
 * @throws ServiceFailed with the cause first when keepalived ends before it is ready, or with the output of the service
 *   manager
 */
export function actOnVrrp(context: OperationContext, action: ServiceAction): Promise<ActionDone> {
  return context.queue.run(VRRP, async () => {
    const done = await actOnHeldVrrp(context, action);
    context.logger.info({ action: done }, 'keepalived action done');
    return done;
  });
}

/** As actOnVrrp(), for a caller that holds the lock VRRP. */
export async function actOnHeldVrrp(context: OperationContext, action: ServiceAction): Promise<ActionDone> {
  const { services } = context.host;
  const { vrrp } = context.paths;
  if (action === 'stop') {
    await noteStop(context, vrrp);
    await services.stop(KEEPALIVED_SERVICE);
    return 'stopped';
  }
  const { status } = await services.state(KEEPALIVED_SERVICE);
  if (action === 'reload' || status === 'active') {
    if (status === 'active') await refuseMissingInterface(context);
    const noteApplied = await noteOrder(context, vrrp);
    await reloadKeepalived(context, KEEPALIVED_SERVICE);
    await noteApplied();
    return 'reloaded';
  }
  const noteApplied = await noteOrder(context, vrrp);
  await startKeepalived(context, KEEPALIVED_SERVICE);
  await noteApplied();
  return 'started';
}

/** Refuses a configuration with a missing interface: keepalived would end during the reload and remove the VIPs. */
async function refuseMissingInterface({ paths, host }: OperationContext): Promise<void> {
  const text = (await host.files.read(paths.vrrp.config))?.toString('latin1') ?? '';
  const present = new Set((await host.network.links()).map(({ name }) => name));
  for (const name of vrrpInterfaces(text)) {
    if (present.has(name)) continue;
    const reason = `the configuration names ${name}, which is not in ${AMPHORA_NAMESPACE}: keepalived goes on without a reload`;
    throw new ServiceFailed('reload', KEEPALIVED_SERVICE, reason);
  }
}
