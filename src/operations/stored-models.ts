import path from 'node:path';
import { withoutKeys } from '../domain/certificates/model-keys.ts';
import { md5Hex } from '../domain/text/md5.ts';
import type { Files } from '../host/files.ts';

const MODEL_MODE = 0o600;

/** The name contains the md5 of the rendered configuration. So a stored configuration never gets another one's model. */
const fileOf = (model: string, configMd5: string): string => `${model}.${configMd5}.json`;

/**
 * Stores a model, without its private keys, beside the configuration that was rendered from it.
 * @param place path of the file without its ending
 * @param made.model the parsed JSON; undefined when a text was uploaded
 */
export async function storeModel(
  files: Files,
  place: string,
  made: { readonly config: Uint8Array; readonly model: unknown },
): Promise<void> {
  if (made.model === undefined) return;
  await files.write(fileOf(place, md5Hex(made.config)), JSON.stringify(withoutKeys(made.model)), {
    mode: MODEL_MODE,
  });
}

/** A stored model, and the md5 of its bytes. */
export interface StoredModel {
  readonly model: object;
  readonly etag: string;
}

/** Returns the model of a configuration, without its private keys. Returns undefined when a text was uploaded. */
export async function readModel(
  files: Files,
  place: string,
  config: Uint8Array,
): Promise<StoredModel | undefined> {
  const content = await files.read(fileOf(place, md5Hex(config)));
  return content && { model: JSON.parse(content.toString()), etag: md5Hex(content) };
}

/**
 * Removes the models of all configurations except the one in force.
 * @param configFile the configuration in force; default: none, so that all models are removed
 * @param alsoKept md5s of further configurations whose models stay
 */
export async function pruneModels(
  files: Files,
  place: string,
  configFile?: string,
  alsoKept: readonly string[] = [],
): Promise<void> {
  const config = configFile === undefined ? undefined : await files.read(configFile);
  const directory = path.dirname(place);
  const md5s = config === undefined ? alsoKept : [md5Hex(config), ...alsoKept];
  const kept = new Set(md5s.map((md5) => path.basename(fileOf(place, md5))));
  for (const name of await files.list(directory)) {
    if (name.startsWith(`${path.basename(place)}.`) && !kept.has(name))
      await files.remove(path.join(directory, name));
  }
}
