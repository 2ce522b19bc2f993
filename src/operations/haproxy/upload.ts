import path from 'node:path';
import { peerName, withoutGroupLine } from '../../domain/haproxy/haproxy-text.ts';
import { withUser } from '../../domain/haproxy/haproxy-user.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { haproxyDefinition } from '../../render/units.ts';
import { installCertificates } from '../certificates/model-certificates.ts';
import type { OperationContext } from '../context.ts';
import { type DryRun, dryRun } from '../dry-run.ts';
import { installNamespaceService } from '../network/namespace-service.ts';
import { installService } from '../service-install.ts';
import { changeOf, type StoredUpload } from '../stored-change.ts';
import { storeModel } from '../stored-models.ts';
import { checkConfig } from './config-check.ts';
import { writeHardStopConfig } from './hard-stop-file.ts';
import { forgetUnnamed } from './history.ts';
import { keepIfRunning } from './last-good.ts';
import { type HaproxyFiles, type HaproxyUpload, renderHaproxyModel } from './models.ts';
import { noteStored } from './orders.ts';
import { emptyServersState } from './servers-state-file.ts';

const CONFIG_MODE = 0o600;
const STATE_MODE = 0o644;

/**
 * Checks an uploaded haproxy.cfg, or the one that it renders from an uploaded model, and replaces the stored one
 * (docs/contract.md, sections 5 and 11). Starts nothing and doesn't change a running haproxy.
 * @throws Rejected with haproxy's output, InvalidInput for an invalid model; the stored configuration and its certificates
 *   are unchanged then
 */
export function uploadHaproxy(context: OperationContext, upload: HaproxyUpload): Promise<StoredUpload> {
  return context.queue.run(upload.id, async () => {
    const change = await storeChecked(context, upload);
    await installServices(context, upload);
    context.logger.info(
      { loadBalancer: upload.id, bytes: upload.body.length, isModel: 'model' in upload },
      'haproxy configuration stored',
    );
    return { etag: md5Hex(upload.body), change };
  });
}

/** Returns the effect that uploadHaproxy would have. */
export function tryHaproxy(context: OperationContext, upload: HaproxyUpload): Promise<DryRun> {
  const { paths, host } = context;
  const at = paths.loadBalancer(upload.id);
  return context.queue.run(upload.id, () =>
    dryRun(context, {
      file: at.config,
      render: async () => (await filesOf(context, upload, at.modelCertificates)).config,
      async check(directory) {
        const { config, certificates } = await filesOf(context, upload, directory);
        await installCertificates(host.files, directory, certificates);
        const file = path.join(directory, path.basename(at.newConfig));
        await host.files.write(file, config, { mode: CONFIG_MODE });
        return checkConfig(context, upload, { file, config });
      },
    }),
  );
}

async function storeChecked(
  context: OperationContext,
  upload: HaproxyUpload,
): Promise<StoredUpload['change']> {
  const { paths, host } = context;
  const at = paths.loadBalancer(upload.id);
  const { config, certificates } = await filesOf(context, upload, at.modelCertificates);
  await host.files.makeDirectory(at.directory);
  await emptyServersState(context, upload.id);
  try {
    await installCertificates(host.files, at.modelCertificates, certificates);
    await host.files.write(at.newConfig, config, { mode: CONFIG_MODE });
    await bothSettled(checkOrSetAside(context, upload, config), keepIfRunning(context, upload.id));
    await keepVersion(context, upload);
    await storeModel(host.files, at.model, { config, model: upload.model });
    const change = await changeOf(host.files, at.config, config);
    await noteStored(context, upload.id, md5Hex(config));
    await host.files.rename(at.newConfig, at.config);
    return change;
  } finally {
    await forgetUnnamed(context, upload.id);
  }
}

/** Waits until both promises settle, then throws the first rejection. */
async function bothSettled(one: Promise<void>, other: Promise<void>): Promise<void> {
  for (const result of await Promise.allSettled([one, other])) {
    if (result.status === 'rejected') throw result.reason;
  }
}

/** Stores the version of the API that received the upload: heartbeats have the format of that version. */
async function keepVersion({ paths, host }: OperationContext, { id, version }: HaproxyUpload): Promise<void> {
  const { apiVersion } = paths.loadBalancer(id);
  const text = `${version}\n`;
  if ((await host.files.readText(apiVersion)) === text) return;
  await host.files.write(apiVersion, text, { mode: STATE_MODE });
}

/** Returns the files to store. @param directory the directory of a model's certificates */
const filesOf = async (
  context: OperationContext,
  upload: HaproxyUpload,
  directory: string,
): Promise<HaproxyFiles> =>
  'model' in upload
    ? await renderHaproxyModel(context, upload, directory)
    : { config: withOneUserAndGroup(upload.body), certificates: [] };

/** The group is in USER_GROUP_CONFIG. */
const withOneUserAndGroup = (config: Buffer): Buffer =>
  Buffer.from(withUser(withoutGroupLine(config.toString('latin1'))), 'latin1');

async function checkOrSetAside(
  context: OperationContext,
  upload: HaproxyUpload,
  config: Buffer,
): Promise<void> {
  const { newConfig, failedConfig } = context.paths.loadBalancer(upload.id);
  try {
    await checkConfig(context, upload, { file: newConfig, config });
    context.checkedTexts.note(upload.id, config);
  } catch (error) {
    await context.host.files.rename(newConfig, failedConfig);
    throw error;
  }
}

async function installServices(context: OperationContext, upload: HaproxyUpload): Promise<void> {
  await writeHardStopConfig(context);
  await installNamespaceService(context);
  const peer = peerName(upload.amphora);
  await installService(context, haproxyDefinition(context, { id: upload.id, peer }));
}
