import { type LoadedConfig, loadConfig } from '../../config/load-config.ts';
import { OPTIONS, type OptionKey } from '../../config/options.ts';
import { ConfigUpdateFailed, InvalidConfiguration, InvalidInput, reasonOf } from '../../errors.ts';
import { type OperationContext, OWN_SETTINGS } from '../context.ts';
import type { OwnTls } from '../own-settings.ts';

/** The mode of both files, which hold secrets. */
const MODE = 0o600;

/**
 * Replaces the agent's own certificate, with its chain and key in one PEM. New connections get it at once, open connections
 * stay (docs/contract.md, section 3).
 * @returns warnings, for example about an expired certificate, which is stored and served all the same
 * @throws InvalidInput when the agent could not serve with the certificate; nothing is changed then
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
 * Replaces the agent's own configuration file. Mutable options are in force at once (docs/contract.md, sections 1 and 3).
 * @returns the options that wait for a restart, as `[section] name`
 * @throws ConfigUpdateFailed when the agent could not start with the file, or the write fails; nothing is changed then
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
 * Puts a configuration in force that an administrator wrote to the agent's own file. If the agent could not start with the
 * file, it logs the reason and keeps the present options.
 * @param read reads the file; throws InvalidConfiguration
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

/** @throws InvalidConfiguration when the agent could not start with the configuration */
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

/** Returns the name of an option as in the file. */
function nameOf(key: OptionKey): string {
  const { sections, name } = OPTIONS[key];
  return `[${sections[0]}] ${name}`;
}

/**
 * Reads certificate files again that another program has changed. So the authority of the clients can be rotated without a
 * restart. Takes no lock when nothing has changed. Never throws.
 */
export async function rereadOwnCertificates({
  own,
  queue,
  logger,
}: Pick<OperationContext, 'own' | 'queue' | 'logger'>): Promise<void> {
  try {
    if (await own.tls.isChanged()) await queue.run(OWN_SETTINGS, own.tls.refresh);
  } catch (error) {
    logger.error({ err: error }, "the agent's certificate files were not looked at");
  }
}
