import path from 'node:path';
import { withoutKeys } from '../domain/certificates/model-keys.ts';
import { md5Hex } from '../domain/text/md5.ts';
import type { Files } from '../host/files.ts';

const MODEL_MODE = 0o600;

/** The model's file bears the md5 of the configuration that it made: with another configuration there is no model. */
const fileOf = (model: string, configMd5: string): string => `${model}.${configMd5}.json`;

/**
 * Keeps a model, without its private keys, beside the configuration that it made and that is not yet in force.
 * @param place path in front of the file's ending
 * @param made.model as JSON has it; undefined for a text
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

/** A model as it is given back, and the md5 of its bytes. */
export interface StoredModel {
  readonly model: object;
  readonly etag: string;
}

/** The model that made a configuration, without its private keys; undefined where it came as a text. */
export async function readModel(
  files: Files,
  place: string,
  config: Uint8Array,
): Promise<StoredModel | undefined> {
  const content = await files.read(fileOf(place, md5Hex(config)));
  return content && { model: JSON.parse(content.toString()), etag: md5Hex(content) };
}

/**
 * Removes models of other configurations than the one in force.
 * @param configFile where that is; without it all go
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
