import type { ApiVersion } from '../domain/api-version.ts';
import type { HaproxyText } from '../domain/haproxy/haproxy-text.ts';
import { type HaproxyId, isHaproxyId } from '../domain/ids.ts';
import { md5Hex } from '../domain/text/md5.ts';
import { NotFound } from '../errors.ts';
import type { OperationContext } from './context.ts';
import { readModel, type StoredModel } from './stored-models.ts';

/** The name of the object that one haproxy serves, in each API. */
const OBJECT_KIND = { '1.0': 'load-balancer', '0.5': 'listener' } as const;

type FilesContext = Pick<OperationContext, 'paths' | 'host'>;

/** Returns the ids of the load balancers that have a configuration, sorted. */
export async function loadBalancerIds({ paths, host }: FilesContext): Promise<HaproxyId[]> {
  const names = (await host.files.list(paths.base)).filter(isHaproxyId);
  const present = await Promise.all(names.map((id) => host.files.exists(paths.loadBalancer(id).config)));
  return names.filter((_, index) => present[index]);
}

/** Returns the stored configuration, byte for byte. @throws NotFound when none is stored */
export async function readStoredConfig(
  { paths, host }: FilesContext,
  version: ApiVersion,
  id: HaproxyId,
): Promise<{ content: Buffer; etag: string }> {
  const content = await host.files.read(paths.loadBalancer(id).config);
  if (content === undefined) throw new NotFound(OBJECT_KIND[version], id);
  return { content, etag: md5Hex(content) };
}

/**
 * Returns the model of the stored configuration, or undefined when a text was uploaded.
 * @throws NotFound when no configuration is stored
 */
export async function readHaproxyModel(
  context: FilesContext,
  version: ApiVersion,
  id: HaproxyId,
): Promise<StoredModel | undefined> {
  const { content } = await readStoredConfig(context, version, id);
  return readModel(context.host.files, context.paths.loadBalancer(id).model, content);
}

/** Returns the listeners, VIPs and sockets in the stored configuration. @throws NotFound when none is stored */
export async function readStoredText(
  { paths, host }: FilesContext,
  version: ApiVersion,
  id: HaproxyId,
): Promise<HaproxyText> {
  const text = await host.haproxyTexts.read(paths.loadBalancer(id).config);
  if (text === undefined) throw new NotFound(OBJECT_KIND[version], id);
  return text;
}

/**
 * Returns the path of haproxy's statistics socket, from the stored configuration. Returns undefined when none is stored.
 */
export async function statsSocketOf(
  { paths, host }: FilesContext,
  id: HaproxyId,
): Promise<string | undefined> {
  const at = paths.loadBalancer(id);
  const text = await host.haproxyTexts.read(at.config);
  return text && (text.statsSocket ?? at.statsSocket);
}

/** As statsSocketOf(), with the path that controllers write when no configuration is stored. */
export const statsSocketFor = async (context: FilesContext, id: HaproxyId): Promise<string> =>
  (await statsSocketOf(context, id)) ?? context.paths.loadBalancer(id).statsSocket;
