import { setInterval } from 'node:timers/promises';
import { type LoadedConfig, loadConfig } from '../../config/load-config.ts';
import { OPTIONS, type OptionKey } from '../../config/options.ts';
import { ConfigUpdateFailed, InvalidConfiguration, InvalidInput, reasonOf } from '../../errors.ts';
import { type OperationContext, OWN_SETTINGS } from '../context.ts';
import type { OwnTls } from '../own-settings.ts';

/** Both hold secrets. */
const MODE = 0o600;
const WATCH_MS = 2_000;

/**
 * Puts the agent's own certificate, with chain and key in one PEM, in the place of the old one. New connections get
 * it at once, open ones go on (contract section 3).
 * @returns warnings, as of a certificate that has expired: it is stored and served all the same
 * @throws InvalidInput where the agent could not serve with it; nothing is changed then
 */
export function replaceOwnCertificate(
  context: OperationContext,
  body: Buffer,
): Promise<{ warnings: readonly string[] }> {
  const { own, config, host, queue } = context;
  return queue.run(OWN_SETTINGS, async () => {
    const warnings = checkOwnCertificate(context, body);
    await host.files.write(config().agentServerCert, body, { mode: MODE });
    await own.tls.refresh();
    return { warnings };
  });
}

function checkOwnCertificate(
  { own, logger }: Pick<OperationContext, 'own' | 'logger'>,
  body: Buffer,
): readonly string[] {
  try {
    return own.tls.checkCertificate(body.toString());
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    logger.warn({ reason: error.message }, "the agent's new certificate is refused: the old one stays");
    throw new InvalidInput('request', error.message);
  }
}

/**
 * Puts a configuration in the place of the agent's own file. Mutable options are in force at once (contract sections 1
 * and 3).
 * @returns the options that wait for a restart, as `[section] name`
 * @throws ConfigUpdateFailed where the agent could not start with it, or it can't be written; nothing is changed then
 */
export function replaceOwnConfig(
  context: OperationContext,
  body: Buffer,
): Promise<{ needRestart: readonly string[] }> {
  const { configFile: file, own, host, queue } = context;
  return queue.run(OWN_SETTINGS, async () => {
    const loaded = await acceptable(own.tls, () => loadConfig(file, body.toString())).catch(asUpdateFailed);
    try {
      await host.files.write(file, body, { mode: MODE });
    } catch (error) {
      throw new ConfigUpdateFailed(reasonOf(error), { cause: error });
    }
    return { needRestart: putInForce(context, loaded, 'configuration replaced') };
  });
}

/**
 * Takes up a configuration that somebody else has put in the place of the agent's own file. One that the agent could not
 * start with is logged, and what is in force stays.
 * @param read reads the file @throws InvalidConfiguration
 */
export function rereadOwnConfig(context: OperationContext, read: () => Promise<LoadedConfig>): Promise<void> {
  const { own, queue, logger } = context;
  return queue.run(OWN_SETTINGS, async () => {
    try {
      putInForce(context, await acceptable(own.tls, read), 'configuration read again');
    } catch (error) {
      logger.error({ err: error }, 'configuration file refused: the old one stays in force');
    }
  });
}

/** @throws InvalidConfiguration where the agent could not start with it */
async function acceptable(
  tls: OwnTls,
  load: () => LoadedConfig | Promise<LoadedConfig>,
): Promise<LoadedConfig> {
  const loaded = await load();
  await tls.checkConfig(loaded.config);
  return loaded;
}

function asUpdateFailed(error: unknown): never {
  if (!(error instanceof InvalidConfiguration)) throw error;
  throw new ConfigUpdateFailed(error.message, { cause: error });
}

/** @returns the options that wait for a restart */
function putInForce(
  { configFile: file, own, logger }: OperationContext,
  { config, warnings }: LoadedConfig,
  event: string,
): string[] {
  for (const warning of warnings) logger.warn({ file }, warning);
  const change = own.live.replace(config);
  const needRestart = change.needRestart.map(nameOf);
  logger.info({ file, applied: change.applied.map(nameOf), needRestart }, event);
  return needRestart;
}

/** An option as the file has it. */
function nameOf(key: OptionKey): string {
  const { sections, name } = OPTIONS[key];
  return `[${sections[0]}] ${name}`;
}

/**
 * Takes up, within seconds, certificate files that somebody else changes: so the authority of the clients is rotated
 * without a restart (field lessons A5). Ends with the signal.
 */
export async function watchOwnCertificates(
  { own, queue }: Pick<OperationContext, 'own' | 'queue'>,
  closing: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of setInterval(WATCH_MS, undefined, { signal: closing, ref: false })) {
      await queue.run(OWN_SETTINGS, own.tls.refresh);
    }
  } catch (error) {
    if (!closing.aborted) throw error;
  }
}
