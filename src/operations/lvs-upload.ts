import path from 'node:path';
import type { ApiVersion } from '../domain/api-version.ts';
import { isBroken } from '../domain/lvs-complaints.ts';
import { readLvsText } from '../domain/lvs-text.ts';
import { md5Hex } from '../domain/md5.ts';
import { keepalivedCheck } from '../domain/service-definitions.ts';
import { CommandFailed, InvalidInput, Rejected } from '../errors.ts';
import { renderHttpCheck, renderUdpCheck } from '../render/check-scripts.ts';
import { keepalivedLvsDefinition } from '../render/units.ts';
import { updateCheckScripts } from './check-scripts.ts';
import type { OperationContext } from './context.ts';
import { installNamespaceService } from './load-balancer-upload.ts';

const CHECK_TIMEOUT_MS = 30_000;
const CONFIG_MODE = 0o644;
const SCRIPT_MODE = 0o755;
/** Every exit code: the output decides. */
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

export interface LvsUpload {
  readonly version: ApiVersion;
  readonly id: string;
  readonly body: Buffer;
}

/**
 * Checks an uploaded keepalived configuration of a UDP or SCTP listener and puts it in the place of the stored one
 * (contract section 7). Starts and changes nothing that runs.
 * @returns the md5 of what was sent
 * @throws InvalidInput for an empty one and one of another listener, Rejected with keepalived's words for a broken one;
 *   the stored one stays untouched
 */
export function uploadLvsConfig(context: OperationContext, upload: LvsUpload): Promise<{ etag: string }> {
  requireOwn(upload);
  return context.queue.run(upload.id, async () => {
    await storeChecked(context, upload);
    await installNamespaceService(context);
    const definition = keepalivedLvsDefinition(context, upload.id);
    await context.host.services.install(definition);
    await context.host.services.enable(definition.name);
    await updateCheckScripts(context);
    context.logger.info({ listener: upload.id, bytes: upload.body.length }, 'LVS configuration stored');
    return { etag: md5Hex(upload.body) };
  });
}

function requireOwn({ id, body }: LvsUpload): void {
  const text = body.toString('latin1');
  if (text.trim() === '') throw new InvalidInput('request', 'the keepalived configuration is empty');
  const named = readLvsText(text).listenerId;
  if (named !== undefined && named.toLowerCase() !== id.toLowerCase()) {
    throw new InvalidInput('request', `this is the configuration of listener ${named}`);
  }
}

async function storeChecked(context: OperationContext, upload: LvsUpload): Promise<void> {
  const { paths, host, render } = context;
  const at = paths.lvsListener(upload.id);
  await host.files.makeDirectory(path.dirname(paths.udpCheck));
  await host.files.write(paths.udpCheck, renderUdpCheck(render), { mode: SCRIPT_MODE });
  await host.files.write(paths.httpCheck, renderHttpCheck(render), { mode: SCRIPT_MODE });
  await host.files.write(at.newConfig, upload.body, { mode: CONFIG_MODE });
  try {
    await requireReadable(context, upload, at.newConfig);
    await host.files.write(at.apiVersion, `${upload.version}\n`, { mode: CONFIG_MODE });
    await host.files.rename(at.newConfig, at.config);
  } finally {
    await host.files.remove(at.newConfig);
  }
}

async function requireReadable(
  { host, logger }: Pick<OperationContext, 'host' | 'logger'>,
  { id, body }: LvsUpload,
  file: string,
): Promise<void> {
  const output = await configTest(host.commands, file);
  const isController = readLvsText(body.toString('latin1')).listenerId !== undefined;
  if (typeof output !== 'string' || isBroken(output, isController)) {
    const words = typeof output === 'string' ? output : output.words;
    logger.warn({ listener: id, output: words }, 'keepalived refuses the configuration');
    throw new Rejected(id, words);
  }
}

/** @returns what keepalived printed; in an object where it crashed on the file, as 2.2.7 does on an open quote */
async function configTest(
  commands: OperationContext['host']['commands'],
  file: string,
): Promise<string | { words: string }> {
  try {
    const { output } = await commands.run(keepalivedCheck(file), {
      timeoutMs: CHECK_TIMEOUT_MS,
      okCodes: ANY_CODE,
    });
    return output;
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.timedOut || error.output === '') throw error;
    return { words: error.output };
  }
}
