import type { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { certificatesIn } from '../../domain/certificates/certificate-authorities.ts';
import { monitorsOfControllers } from '../../domain/certificates/client-authority.ts';
import { validityWarning } from '../../domain/certificates/server-certificate.ts';
import { InvalidConfiguration } from '../../errors.ts';
import type { Files } from '../../host/files.ts';
import type { OwnTls } from '../../operations/own-settings.ts';
import type { TlsMaterial } from './server.ts';
import { acceptCertificate, loadTlsMaterial, TLS_FILES, type TlsConfig } from './tls-material.ts';

/** The certificates and settings of the server's TLS. They change with their files. */
export interface ServedTls extends OwnTls {
  current(): TlsMaterial;
  subscribe(listener: (material: TlsMaterial) => void): void;
}

/** The name of an uploaded certificate in errors. */
const UPLOADED = 'certificate';

/**
 * Reads certificate, authorities and revocations, and reads changed files again at each call of `refresh`. A file that
 * can't be used is logged once, and the old content stays in force until a later `refresh` succeeds.
 * @throws InvalidConfiguration if the files can't be used now
 */
export async function createServedTls(
  files: Pick<Files, 'readText' | 'fingerprint'>,
  config: TlsConfig,
  configFile: string,
  logger: Logger,
): Promise<ServedTls> {
  // tracks the files before it reads them, so that a change in between is read again
  const certificate = await trackFile(files, config.agentServerCert, logger);
  const authorities = await trackFile(files, config.agentServerCa, logger);
  const monitors = await trackFile(files, config.agentMonitorCa, logger);
  const revocations = await trackFile(files, config.agentClientCrl, logger);
  let material = await loadTlsMaterial(files, config, configFile);
  const warnOfDates = (): void => {
    const warning = validityWarning(material, new Date());
    if (warning !== undefined) logger.warn({ file: config.agentServerCert }, warning);
  };
  const warnOfMonitors = (): void => {
    const warning = monitorWarning(material);
    if (warning !== undefined) logger.warn({ file: config.agentMonitorCa }, warning);
  };
  warnOfDates();
  warnOfMonitors();
  const listeners: ((material: TlsMaterial) => void)[] = [];
  const apply = (change: Partial<TlsMaterial>): void => {
    material = { ...material, ...change };
    for (const listener of listeners) listener(material);
  };
  const { agentServerCert, agentServerCa, agentMonitorCa, agentClientCrl } = config;
  return {
    files: [agentServerCert, agentServerCa, agentMonitorCa, agentClientCrl].filter(
      (file) => file !== undefined,
    ),
    current: () => material,
    subscribe: (listener) => void listeners.push(listener),
    checkCertificate: (pem) => acceptedWithWarnings(pem, material),
    async checkConfig(next) {
      await loadTlsMaterial(files, next, configFile);
    },
    isChanged: changeCheck([certificate, authorities, monitors, revocations]),
    async refresh() {
      await certificate.update(async () => {
        apply(await TLS_FILES.agentServerCert(files, config, configFile));
        warnOfDates();
      });
      await authorities.update(async () => {
        apply(await TLS_FILES.agentServerCa(files, config, configFile));
        warnOfMonitors();
      });
      await monitors.update(async () => {
        apply(await TLS_FILES.agentMonitorCa(files, config, configFile));
        warnOfMonitors();
      });
      await revocations.update(async () => apply(await TLS_FILES.agentClientCrl(files, config, configFile)));
    },
  };
}

/** @returns a warning if clients for monitoring would be controllers */
function monitorWarning({ clientAuthorities, monitorAuthorities }: TlsMaterial): string | undefined {
  const [monitors, controllers] = [monitorAuthorities ?? '', clientAuthorities ?? ''].map(certificatesIn);
  const [wrong] = monitorsOfControllers(monitors ?? [], controllers ?? []);
  return wrong === undefined
    ? undefined
    : `clients of agent_monitor_ca may do everything: agent_server_ca is or has signed its authority ${nameOf(wrong)}`;
}

/** Returns the subject of a certificate in one line. */
const nameOf = ({ subject }: X509Certificate): string =>
  JSON.stringify(subject?.replaceAll('\n', ', ') ?? '');

/** @returns a warning if the certificate isn't valid now, so that clients will refuse it @throws InvalidConfiguration */
function acceptedWithWarnings(pem: string, limits: Pick<TlsMaterial, 'minVersion' | 'ciphers'>): string[] {
  const warning = validityWarning(acceptCertificate(pem, limits, UPLOADED), new Date());
  return warning === undefined ? [] : [warning];
}

/** A file whose changes are tracked. */
interface TrackedFile {
  /** Returns whether the file has changed since the last successful update, or was refused by the last one. */
  isChanged(): Promise<boolean>;
  /** Calls its parameter if the file has changed since the last successful update. */
  update(reread: () => Promise<void>): Promise<void>;
}

/**
 * Returns a function that finds out whether one of the files has changed. It looks at one file after another, and one call waits for the
 * earlier ones: on a disk that hangs, only one thread for files may wait.
 */
function changeCheck(files: readonly TrackedFile[]): () => Promise<boolean> {
  const isAnyChanged = async (): Promise<boolean> => {
    for (const file of files) if (await file.isChanged()) return true;
    return false;
  };
  let last = Promise.resolve(false);
  return () => {
    last = last.then(isAnyChanged);
    return last;
  };
}

/** Tracks the changes of a file. @param file undefined if none is configured */
async function trackFile(
  files: Pick<Files, 'fingerprint'>,
  file: string | undefined,
  logger: Logger,
): Promise<TrackedFile> {
  if (file === undefined) return { isChanged: async () => false, update: async () => undefined };
  // a file without a fingerprint can't be read either, and the error of the read gives the reason
  const look = (): Promise<string | undefined> => files.fingerprint(file).catch(() => undefined);
  let taken = await look();
  let complaint: string | undefined;
  return {
    isChanged: async () => complaint !== undefined || (await look()) !== taken,
    async update(reread) {
      const found = await look();
      if (found !== taken) {
        try {
          await reread();
          taken = found;
          logger.info({ file }, 'TLS file read again: new connections use it');
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
    },
  };
}

/** Returns TLS settings that never change. */
export function fixedTls(material: TlsMaterial): ServedTls {
  return {
    files: [],
    current: () => material,
    subscribe: () => undefined,
    checkCertificate: (pem) => acceptedWithWarnings(pem, material),
    checkConfig: () => Promise.resolve(),
    isChanged: () => Promise.resolve(false),
    refresh: () => Promise.resolve(),
  };
}
