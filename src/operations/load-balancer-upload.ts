import type { ApiVersion } from '../domain/api-version.ts';
import { peerName, withoutGroupLine } from '../domain/haproxy-text.ts';
import type { AmphoraId } from '../domain/ids.ts';
import { md5Hex } from '../domain/md5.ts';
import { USER_GROUP_CONFIG } from '../domain/paths.ts';
import { CommandFailed, Rejected } from '../errors.ts';
import type { Argv } from '../host/command.ts';
import { haproxyDefinition, namespaceDefinition } from '../render/units.ts';
import { NAMESPACE, type OperationContext } from './context.ts';

const CHECK_TIMEOUT_MS = 60_000;
const CONFIG_MODE = 0o600;
const STATE_MODE = 0o644;

export interface HaproxyUpload {
  readonly version: ApiVersion;
  readonly amphora: AmphoraId;
  /** load balancer (1.0) or listener (0.5) */
  readonly id: string;
  readonly body: Buffer;
}

/**
 * Checks an uploaded haproxy.cfg and puts it in the place of the stored one (contract section 5). Starts and changes
 * nothing that runs.
 * @returns the md5 of what was sent
 * @throws Rejected with haproxy's words, the stored configuration untouched
 */
export function uploadHaproxy(context: OperationContext, upload: HaproxyUpload): Promise<{ etag: string }> {
  return context.queue.run(upload.id, async () => {
    await storeChecked(context, upload);
    await installServices(context, upload);
    context.logger.info(
      { loadBalancer: upload.id, bytes: upload.body.length },
      'haproxy configuration stored',
    );
    return { etag: md5Hex(upload.body) };
  });
}

async function storeChecked(
  { config, paths, host, logger }: OperationContext,
  upload: HaproxyUpload,
): Promise<void> {
  const at = paths.loadBalancer(upload.id);
  await host.files.makeDirectory(at.directory);
  const text = withoutGroupLine(upload.body.toString('latin1'));
  await host.files.write(at.newConfig, Buffer.from(text, 'latin1'), { mode: CONFIG_MODE });
  try {
    await host.commands.run(checkCommand(config().haproxyCmd, upload.amphora, at.newConfig), {
      timeoutMs: CHECK_TIMEOUT_MS,
    });
  } catch (error) {
    await host.files.rename(at.newConfig, at.failedConfig);
    if (!(error instanceof CommandFailed) || error.exitCode === undefined) throw error;
    logger.warn({ loadBalancer: upload.id, output: error.output }, 'haproxy refuses the configuration');
    throw new Rejected(upload.id, error.output);
  }
  await host.files.write(at.apiVersion, `${upload.version}\n`, { mode: STATE_MODE });
  await host.files.rename(at.newConfig, at.config);
}

function checkCommand(haproxy: string, amphora: AmphoraId, file: string): Argv {
  return [haproxy, '-c', '-L', peerName(amphora), '-f', file, '-f', USER_GROUP_CONFIG];
}

async function installServices(context: OperationContext, upload: HaproxyUpload): Promise<void> {
  const { services } = context.host;
  await installNamespaceService(context);
  const definition = haproxyDefinition(context, { id: upload.id, peer: peerName(upload.amphora) });
  await services.install(definition);
  await services.enable(definition.name);
}

/** Makes the service that rebuilds the namespace at boot (contract section 8). */
export function installNamespaceService(context: OperationContext): Promise<void> {
  return context.queue.run(NAMESPACE, async () => {
    const definition = namespaceDefinition(context);
    await context.host.services.install(definition);
    await context.host.services.enable(definition.name);
  });
}
