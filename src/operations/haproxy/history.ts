import path from 'node:path';
import { type KeptConfig, keptConfigName, keptConfigsAmong } from '../../domain/haproxy/kept-config.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { pruneCertificates } from '../certificates/model-certificates.ts';
import type { OperationContext } from '../context.ts';
import { pruneModels } from '../stored-models.ts';

const DIRECTORY_MODE = 0o700;
const CONFIG_MODE = 0o600;

type HistoryContext = Pick<OperationContext, 'paths' | 'host'>;

/** Returns the configurations of a load balancer that ran last, the newest first. */
export async function keptConfigs({ paths, host }: HistoryContext, id: HaproxyId): Promise<KeptConfig[]> {
  return keptConfigsAmong(await host.files.list(paths.loadBalancer(id).history));
}

/** @returns undefined when the file is missing or damaged */
export async function readKeptConfig(
  { paths, host }: HistoryContext,
  id: HaproxyId,
  kept: KeptConfig,
): Promise<Buffer | undefined> {
  const content = await host.files.read(path.join(paths.loadBalancer(id).history, keptConfigName(kept)));
  return content !== undefined && md5Hex(content) === kept.md5 ? content : undefined;
}

/** Returns the text of the configuration that ran last; undefined when none ran yet, or when its copy is damaged. */
export async function runningText(context: HistoryContext, id: HaproxyId): Promise<string | undefined> {
  const [last] = await keptConfigs(context, id);
  return last && (await readKeptConfig(context, id, last))?.toString('latin1');
}

/** Adds the stored configuration to the history as the one that ran last. Removes the oldest ones beyond the limit. */
export async function keepStoredConfig(context: HistoryContext, id: HaproxyId): Promise<void> {
  const { paths, host } = context;
  const { config, history } = paths.loadBalancer(id);
  const content = await host.files.read(config);
  const [newest] = await keptConfigs(context, id);
  if (content === undefined || newest?.md5 === md5Hex(content)) return;
  const kept = { order: (newest?.order ?? 0) + 1, since: new Date(), md5: md5Hex(content) };
  await host.files.makeDirectory(history, DIRECTORY_MODE);
  await host.files.write(path.join(history, keptConfigName(kept)), content, { mode: CONFIG_MODE });
  await forgetUnnamed(context, id);
}

/** Removes the files that belong neither to the stored configuration nor to one in the history. */
export async function forgetUnnamed(context: HistoryContext, id: HaproxyId): Promise<void> {
  const { paths, host } = context;
  const { config, history, model } = paths.loadBalancer(id);
  const kept = await keptConfigs(context, id);
  const names = new Set(kept.map(keptConfigName));
  for (const name of await host.files.list(history)) {
    if (!names.has(name)) await host.files.remove(path.join(history, name));
  }
  await pruneCertificates(context, id);
  await pruneModels(
    host.files,
    model,
    config,
    kept.map(({ md5 }) => md5),
  );
}
