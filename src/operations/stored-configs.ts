import type { ApiVersion } from '../domain/api-version.ts';
import type { HaproxyText } from '../domain/haproxy/haproxy-text.ts';
import { type HaproxyId, isHaproxyId } from '../domain/ids.ts';
import { md5Hex } from '../domain/text/md5.ts';
import { NotFound } from '../errors.ts';
import type { OperationContext } from './context.ts';
import { readModel, type StoredModel } from './stored-models.ts';

/** What the two APIs call the object that one haproxy serves: a load balancer (1.0), a listener (0.5). */
const OBJECT_KIND = { '1.0': 'load-balancer', '0.5': 'listener' } as const;

type FilesContext = Pick<OperationContext, 'paths' | 'host'>;

/** ids of the load balancers that have a configuration, sorted */
export async function loadBalancerIds({ paths, host }: FilesContext): Promise<HaproxyId[]> {
  const names = (await host.files.list(paths.base)).filter(isHaproxyId);
  const present = await Promise.all(names.map((id) => host.files.exists(paths.loadBalancer(id).config)));
  return names.filter((_, index) => present[index]);
}

/** The stored configuration, byte for byte. @throws NotFound where there is none */
export async function readStoredConfig(
  { paths, host }: FilesContext,
  version: ApiVersion,
  id: HaproxyId,
): Promise<{ content: Buffer; etag: string }> {
  const content = await host.files.read(paths.loadBalancer(id).config);
  if (content === undefined) throw new NotFound(OBJECT_KIND[version], id);
  return { content, etag: md5Hex(content) };
}

/** What the stored configuration was rendered from; undefined where it came as a text. @throws NotFound where there is none */
export async function readHaproxyModel(
  context: FilesContext,
  version: ApiVersion,
  id: HaproxyId,
): Promise<StoredModel | undefined> {
  const { content } = await readStoredConfig(context, version, id);
  return readModel(context.host.files, context.paths.loadBalancer(id).model, content);
}

/** What the stored configuration says of listeners, VIPs and sockets. @throws NotFound where there is none */
export async function readStoredText(
  { paths, host }: FilesContext,
  version: ApiVersion,
  id: HaproxyId,
): Promise<HaproxyText> {
  const text = await host.haproxyTexts.read(paths.loadBalancer(id).config);
  if (text === undefined) throw new NotFound(OBJECT_KIND[version], id);
  return text;
}

/** Where haproxy of a load balancer answers: as its stored configuration says; undefined where there is no configuration */
export async function statsSocketOf(
  { paths, host }: FilesContext,
  id: HaproxyId,
): Promise<string | undefined> {
  const at = paths.loadBalancer(id);
  const text = await host.haproxyTexts.read(at.config);
  return text && (text.statsSocket ?? at.statsSocket);
}
