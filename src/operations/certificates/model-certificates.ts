import path from 'node:path';
import { type HaproxyId, isHaproxyId } from '../../domain/ids.ts';
import { type Files, TEMPORARY_PREFIX } from '../../host/files.ts';
import type { OperationContext } from '../context.ts';

const DIRECTORY_MODE = 0o700;
const CERTIFICATE_MODE = 0o600;
const PEM = '.pem';

/** A file that a rendered configuration names. */
export interface RenderedCertificate {
  /** absolute path; the name derives from the content, so that no file ever changes */
  readonly file: string;
  readonly pem: string;
}

/** Writes the certificates that a configuration will name. Existing files with the same content stay untouched. */
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
 * Removes the certificates of models that no stored configuration names, directly or through a list of certificates. The
 * configurations in the history count too. So it removes the certificates of refused and interrupted uploads, and those of
 * configurations that left the history. Certificates that a controller stored are never touched.
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

/** Returns the PEM texts of a load balancer, from models and from a controller. */
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

/** Removes the keys that an agent left that was killed during an upload or a dry run. */
export async function removeStrayCertificates(
  context: FilesContext & Pick<OperationContext, 'queue'>,
): Promise<void> {
  const { paths, host, queue } = context;
  for (const name of await host.files.list(paths.certificates)) {
    if (name.startsWith(TEMPORARY_PREFIX)) await host.files.remove(path.join(paths.certificates, name));
    else if (isHaproxyId(name)) await queue.run(name, () => pruneCertificates(context, name));
  }
}
