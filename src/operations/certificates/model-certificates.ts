import path from 'node:path';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import { type Files, TEMPORARY_PREFIX } from '../../host/files.ts';
import type { OperationContext } from '../context.ts';

const DIRECTORY_MODE = 0o700;
const CERTIFICATE_MODE = 0o600;
const PEM = '.pem';

/** A file that a rendered configuration names. */
export interface RenderedCertificate {
  /** absolute; named by what is in it, so that no file ever changes */
  readonly file: string;
  readonly pem: string;
}

/** Writes what a configuration will name and what isn't there yet; what is there stays untouched. */
export async function installCertificates(
  files: Files,
  directory: string,
  certificates: readonly RenderedCertificate[],
): Promise<void> {
  if (certificates.length === 0) return;
  await files.makeDirectory(directory, DIRECTORY_MODE);
  for (const { file, pem } of certificates) {
    if ((await files.readText(file)) !== pem) await files.write(file, pem, { mode: CERTIFICATE_MODE });
  }
}

type FilesContext = Pick<OperationContext, 'paths' | 'host'>;

/**
 * Removes certificates of models that neither the stored configuration nor one of its history names, itself or through a list
 * that it names: those of one that was refused or came only half-way, and those of forgotten ones. What a controller stored
 * itself is never touched.
 */
export async function pruneCertificates({ paths, host }: FilesContext, id: HaproxyId): Promise<void> {
  const { modelCertificates: directory, config, history } = paths.loadBalancer(id);
  const contents = new Map<string, string>();
  for (const name of await host.files.list(directory)) {
    contents.set(name, (await host.files.readText(path.join(directory, name))) ?? '');
  }
  if (contents.size === 0) return;
  const configs = [config, ...(await host.files.list(history)).map((name) => path.join(history, name))];
  const texts = await Promise.all(configs.map((file) => host.files.readText(file)));
  const named = namedIn(texts.join('\n'), contents);
  if (named.size === 0) return host.files.remove(directory);
  for (const name of contents.keys()) {
    if (!named.has(name)) await host.files.remove(path.join(directory, name));
  }
}

function namedIn(text: string, contents: ReadonlyMap<string, string>): Set<string> {
  const named = new Set<string>();
  const look = (inside: string): void => {
    for (const [name, content] of contents) {
      if (named.has(name) || !inside.includes(name)) continue;
      named.add(name);
      look(content);
    }
  };
  look(text);
  return named;
}

/** PEM texts of a load balancer, from models and from a controller. */
export async function installedCertificates({ paths, host }: FilesContext, id: HaproxyId): Promise<string[]> {
  const { certificates, modelCertificates } = paths.loadBalancer(id);
  const found: string[] = [];
  for (const directory of [certificates, modelCertificates]) {
    for (const name of await host.files.list(directory)) {
      if (!name.endsWith(PEM)) continue;
      const pem = await host.files.readText(path.join(directory, name));
      if (pem !== undefined) found.push(pem);
    }
  }
  return found;
}

/** After the agent was killed amid an upload, or a dry run, keys of it may be left. */
export async function removeStrayCertificates(
  context: FilesContext & Pick<OperationContext, 'queue'>,
): Promise<void> {
  const { paths, host, queue } = context;
  for (const name of await host.files.list(paths.certificates)) {
    if (name.startsWith(TEMPORARY_PREFIX)) await host.files.remove(path.join(paths.certificates, name));
    else if (isHaproxyId(name)) await queue.run(name, () => pruneCertificates(context, name));
  }
}
