import path from 'node:path';
import type { ListenerId } from '../../domain/ids.ts';
import { readLvsText } from '../../domain/keepalived/lvs-text.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { InvalidInput } from '../../errors.ts';
import { renderHttpCheck, renderUdpCheck } from '../../render/check-scripts.ts';
import { keepalivedLvsDefinition } from '../../render/units.ts';
import type { OperationContext } from '../context.ts';
import { type DryRun, dryRun } from '../dry-run.ts';
import { installNamespaceService } from '../network/namespace-service.ts';
import { installService } from '../service-install.ts';
import { changeOf, type StoredUpload } from '../stored-change.ts';
import { pruneModels, storeModel } from '../stored-models.ts';
import { updateCheckScripts } from './check-scripts.ts';
import { checkKeepalived } from './config-check.ts';
import { writeMainConfig } from './main-config.ts';
import { type LvsUpload, renderLvsModel } from './models.ts';

const CONFIG_MODE = 0o644;
const SCRIPT_MODE = 0o755;

/**
 * Checks an uploaded keepalived configuration of a UDP or SCTP listener, or the one that it renders from an uploaded
 * model, and replaces the stored one (docs/contract.md, sections 7 and 11). Starts nothing and doesn't change a running
 * keepalived.
 * @throws InvalidInput for an empty configuration, the configuration of another listener and an invalid model; Rejected
 *   with keepalived's output for a broken configuration. The stored configuration is unchanged then
 */
export function uploadLvsConfig(context: OperationContext, upload: LvsUpload): Promise<StoredUpload> {
  return context.queue.run(upload.id, async () => {
    const change = await storeChecked(context, upload, configOf(context, upload));
    await installNamespaceService(context);
    await installService(context, keepalivedLvsDefinition(context, upload.id));
    await updateCheckScripts(context);
    const { body } = upload;
    context.logger.info(
      { listener: upload.id, bytes: body.length, isModel: 'model' in upload },
      'LVS configuration stored',
    );
    return { etag: md5Hex(body), change };
  });
}

/** Returns the effect that uploadLvsConfig would have. */
export function tryLvsConfig(context: OperationContext, upload: LvsUpload): Promise<DryRun> {
  const at = context.paths.lvsListener(upload.id);
  return context.queue.run(upload.id, () =>
    dryRun(context, {
      file: at.config,
      render: async () => configOf(context, upload),
      async check(directory, config) {
        const file = path.join(directory, path.basename(at.newConfig));
        await context.host.files.write(file, config, { mode: CONFIG_MODE });
        return check(context, upload.id, { file, config });
      },
    }),
  );
}

/** Returns the configuration to store. @throws InvalidInput */
function configOf(context: OperationContext, upload: LvsUpload): Buffer {
  const config = 'model' in upload ? renderLvsModel(context, upload) : upload.body;
  const text = config.toString('latin1');
  if (text.trim() === '') throw new InvalidInput('request', 'the keepalived configuration is empty');
  const named = readLvsText(text).listenerId;
  if (named !== undefined && named.toLowerCase() !== upload.id.toLowerCase()) {
    throw new InvalidInput('request', `this is the configuration of listener ${named}`);
  }
  return config;
}

async function storeChecked(
  context: OperationContext,
  upload: LvsUpload,
  config: Buffer,
): Promise<StoredUpload['change']> {
  const { paths, host, render } = context;
  const at = paths.lvsListener(upload.id);
  await host.files.makeDirectory(path.dirname(paths.udpCheck));
  await host.files.write(paths.udpCheck, renderUdpCheck(render), { mode: SCRIPT_MODE });
  await host.files.write(paths.httpCheck, renderHttpCheck(render), { mode: SCRIPT_MODE });
  await host.files.write(at.newConfig, config, { mode: CONFIG_MODE });
  try {
    await check(context, upload.id, { file: at.newConfig, config });
    await writeMainConfig(context, at, at.newConfig);
    await host.files.write(at.apiVersion, `${upload.version}\n`, { mode: CONFIG_MODE });
    await storeModel(host.files, at.model, { config, model: upload.model });
    const change = await changeOf(host.files, at.config, config);
    await host.files.rename(at.newConfig, at.config);
    return change;
  } finally {
    await host.files.remove(at.newConfig);
    await pruneModels(host.files, at.model, at.config);
  }
}

const check = (
  context: OperationContext,
  id: ListenerId,
  { file, config }: { readonly file: string; readonly config: Buffer },
): Promise<string> => {
  const isController = readLvsText(config.toString('latin1')).listenerId !== undefined;
  return checkKeepalived(context, { object: id, file, config, isController });
};
