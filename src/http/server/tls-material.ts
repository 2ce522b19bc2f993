import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { unreadableFile } from '../../config/configuration-errors.ts';
import { type AgentConfig, OPTIONS } from '../../config/options.ts';
import { readAuthorities, readRevocations } from '../../domain/certificates/certificate-authorities.ts';
import {
  readServerCertificate,
  type ServerCertificate,
} from '../../domain/certificates/server-certificate.ts';
import { InvalidConfiguration, reasonOf } from '../../errors.ts';
import type { Files } from '../../host/files.ts';
import { secureContextOptions, type TlsMaterial } from './server.ts';

export type TlsConfig = Pick<
  AgentConfig,
  'agentServerCa' | 'agentServerCert' | 'agentClientCrl' | 'agentMonitorCa' | 'minTlsVersion'
>;

/** The ciphers for TLS 1.2: only with forward secrecy and authenticated encryption. TLS 1.3 uses OpenSSL's own suites. */
const STRONG = 'ECDHE+AESGCM:ECDHE+CHACHA20';

/** A certificate for development, with the ciphers that suit its key (an OpenSSL cipher list). */
export type DevelopmentCertificate = ServerCertificate & Pick<TlsMaterial, 'ciphers'>;

/** Returns the TLS settings of `--insecure-dev`, which require no client certificate. */
export const developmentMaterial = (
  certificate: DevelopmentCertificate,
  minVersion: TlsMaterial['minVersion'],
): TlsMaterial => ({
  ...certificate,
  clientAuthorities: undefined,
  monitorAuthorities: undefined,
  revocations: undefined,
  minVersion,
});

type TextReader = Pick<Files, 'readText'>;

/** The functions that read the files that options name. */
export const TLS_FILES = {
  /** @throws InvalidConfiguration naming file, section, option and reason */
  async agentServerCert(
    files: TextReader,
    config: TlsConfig,
    configFile: string,
  ): Promise<ServerCertificate> {
    const source = `${configFile}: [amphora_agent] agent_server_cert: ${config.agentServerCert}`;
    const text = await read(files, configFile, 'agentServerCert', config);
    return acceptCertificate(text, { minVersion: config.minTlsVersion, ciphers: STRONG }, source);
  },
  /** @throws InvalidConfiguration naming file, section, option and reason */
  async agentServerCa(
    files: TextReader,
    config: TlsConfig,
    configFile: string,
  ): Promise<{ clientAuthorities: string }> {
    return { clientAuthorities: await authorities(files, config, configFile, 'agentServerCa') };
  },
  /** @throws InvalidConfiguration naming file, section, option and reason */
  async agentMonitorCa(
    files: TextReader,
    config: TlsConfig,
    configFile: string,
  ): Promise<{ monitorAuthorities: string | undefined }> {
    if (config.agentMonitorCa === undefined) return { monitorAuthorities: undefined };
    return { monitorAuthorities: await authorities(files, config, configFile, 'agentMonitorCa') };
  },
  /** @throws InvalidConfiguration naming file, section, option and reason */
  async agentClientCrl(
    files: TextReader,
    config: TlsConfig,
    configFile: string,
  ): Promise<{ revocations: readonly string[] | undefined }> {
    if (config.agentClientCrl === undefined) return { revocations: undefined };
    const source = `${configFile}: [amphora_agent] agent_client_crl: ${config.agentClientCrl}`;
    const revocations = readRevocations(await read(files, configFile, 'agentClientCrl', config), source);
    accept({ crl: [...revocations] }, source);
    return { revocations };
  },
};

/**
 * Reads the agent's certificate, the authorities of its clients and their revocation lists, and has OpenSSL check them.
 * @throws InvalidConfiguration naming file, section, option and reason
 */
export async function loadTlsMaterial(
  files: TextReader,
  config: TlsConfig,
  configFile: string,
): Promise<TlsMaterial> {
  return {
    ...(await TLS_FILES.agentServerCert(files, config, configFile)),
    ...(await TLS_FILES.agentServerCa(files, config, configFile)),
    ...(await TLS_FILES.agentMonitorCa(files, config, configFile)),
    ...(await TLS_FILES.agentClientCrl(files, config, configFile)),
    minVersion: config.minTlsVersion,
    ciphers: STRONG,
  };
}

/**
 * Has OpenSSL check a PEM of certificate, chain and key for the agent's server.
 * @param source name of the PEM in the error
 * @throws InvalidConfiguration
 */
export function acceptCertificate(
  pem: string,
  limits: Pick<TlsMaterial, 'minVersion' | 'ciphers'>,
  source: string,
): ServerCertificate {
  const certificate = readServerCertificate(pem, source);
  const { minVersion, ciphers } = limits;
  accept(
    secureContextOptions({
      ...certificate,
      clientAuthorities: undefined,
      monitorAuthorities: undefined,
      revocations: undefined,
      minVersion,
      ciphers,
    }),
    source,
  );
  return certificate;
}

async function authorities(
  files: TextReader,
  config: TlsConfig,
  configFile: string,
  key: 'agentServerCa' | 'agentMonitorCa',
): Promise<string> {
  const source = `${configFile}: [amphora_agent] ${OPTIONS[key].name}: ${config[key]}`;
  const ca = readAuthorities(await read(files, configFile, key, config), source);
  accept({ ca }, source);
  return ca;
}

async function read(
  files: TextReader,
  configFile: string,
  key: 'agentServerCert' | 'agentServerCa' | 'agentClientCrl' | 'agentMonitorCa',
  config: TlsConfig,
): Promise<string> {
  const file = config[key] ?? '';
  let text: string | undefined;
  try {
    text = await files.readText(file);
  } catch (error) {
    throw unreadableFile(configFile, key, file, error);
  }
  if (text === undefined) throw unreadableFile(configFile, key, file, undefined);
  return text;
}

function accept(options: SecureContextOptions, source: string): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new InvalidConfiguration(`${source}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
