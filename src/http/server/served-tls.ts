import type { Logger } from 'pino';
import { validityWarning } from '../../domain/certificates/server-certificate.ts';
import { InvalidConfiguration } from '../../errors.ts';
import type { Files } from '../../host/files.ts';
import type { OwnTls } from '../../operations/own-settings.ts';
import type { TlsMaterial } from './server.ts';
import { acceptCertificate, loadTlsMaterial, TLS_FILES, type TlsConfig } from './tls-material.ts';

/** What the server's connections are served with, which changes with its files. */
export interface ServedTls extends OwnTls {
  current(): TlsMaterial;
  subscribe(listener: (material: TlsMaterial) => void): void;
}

/** How an uploaded certificate is called in errors. */
const UPLOADED = 'certificate';

/**
 * Reads certificate, authorities and revocations, and again whenever told to. A file that can't be used is logged once
 * and tried again; until then what was read before stays.
 * @throws InvalidConfiguration where they can't be used now
 */
export async function createServedTls(
  files: Pick<Files, 'readText' | 'fingerprint'>,
  config: TlsConfig,
  configFile: string,
  logger: Logger,
): Promise<ServedTls> {
  // before the files are read: what changes meanwhile is read again
  const certificate = await trackFile(files, config.agentServerCert, logger);
  const authorities = await trackFile(files, config.agentServerCa, logger);
  const revocations = await trackFile(files, config.agentClientCrl, logger);
  let material = await loadTlsMaterial(files, config, configFile);
  const warnOfDates = (): void => {
    const warning = validityWarning(material, new Date());
    if (warning !== undefined) logger.warn({ file: config.agentServerCert }, warning);
  };
  warnOfDates();
  const listeners: ((material: TlsMaterial) => void)[] = [];
  const takeUp = (change: Partial<TlsMaterial>): void => {
    material = { ...material, ...change };
    for (const listener of listeners) listener(material);
  };
  return {
    current: () => material,
    subscribe: (listener) => void listeners.push(listener),
    checkCertificate: (pem) => acceptedWithWarnings(pem, material),
    async checkConfig(next) {
      await loadTlsMaterial(files, next, configFile);
    },
    async refresh() {
      await certificate(async () => {
        takeUp(await TLS_FILES.agentServerCert(files, config, configFile));
        warnOfDates();
      });
      await authorities(async () => takeUp(await TLS_FILES.agentServerCa(files, config, configFile)));
      await revocations(async () => takeUp(await TLS_FILES.agentClientCrl(files, config, configFile)));
    },
  };
}

/** @returns what clients will not like about it @throws InvalidConfiguration */
function acceptedWithWarnings(pem: string, limits: Pick<TlsMaterial, 'minVersion' | 'ciphers'>): string[] {
  const warning = validityWarning(acceptCertificate(pem, limits, UPLOADED), new Date());
  return warning === undefined ? [] : [warning];
}

/**
 * @param file undefined where none is configured
 * @returns what takes it up where it has changed since it was last taken up
 */
async function trackFile(
  files: Pick<Files, 'fingerprint'>,
  file: string | undefined,
  logger: Logger,
): Promise<(takeUp: () => Promise<void>) => Promise<void>> {
  if (file === undefined) return () => Promise.resolve();
  // a file that can't be looked at can't be read either, which says why
  const look = (): Promise<string | undefined> => files.fingerprint(file).catch(() => undefined);
  let taken = await look();
  let complaint: string | undefined;
  return async (takeUp) => {
    const found = await look();
    if (found !== taken) {
      try {
        await takeUp();
        taken = found;
        logger.info({ file }, 'TLS file read again: new connections are served with it');
      } catch (error) {
        if (!(error instanceof InvalidConfiguration)) throw error;
        const former = complaint;
        complaint = `${found}: ${error.message}`;
        if (complaint !== former)
          logger.error({ err: error }, 'new TLS file refused: the old one stays in force');
        return;
      }
    }
    complaint = undefined;
  };
}

/** What no file changes. */
export function fixedTls(material: TlsMaterial): ServedTls {
  return {
    current: () => material,
    subscribe: () => undefined,
    checkCertificate: (pem) => acceptedWithWarnings(pem, material),
    checkConfig: () => Promise.resolve(),
    refresh: () => Promise.resolve(),
  };
}
