import { createSecureContext } from 'node:tls';
import { unreadableFile } from '../config/configuration-errors.ts';
import type { AgentConfig, OptionKey } from '../config/options.ts';
import { readServerCertificate, type ServerCertificate } from '../domain/server-certificate.ts';
import { InvalidConfiguration } from '../errors.ts';
import type { Files } from '../host/files.ts';
import { secureContextOptions, type TlsMaterial } from './server.ts';

type TlsConfig = Pick<AgentConfig, 'agentServerCa' | 'agentServerCert' | 'minTlsVersion'>;

/** https-pem makes RSA keys of 1024 bits, which OpenSSL refuses by default. */
const WEAK_KEYS_TOO = 'DEFAULT@SECLEVEL=0';

/** What `--insecure-dev` serves with: clients are asked for no certificate. */
export const developmentMaterial = (
  certificate: ServerCertificate,
  minVersion: TlsMaterial['minVersion'],
): TlsMaterial => ({ ...certificate, clientAuthorities: undefined, minVersion, ciphers: WEAK_KEYS_TOO });

/**
 * Reads the agent's own certificate and the authorities of its clients, and has OpenSSL accept them.
 * @throws InvalidConfiguration naming file, section, option and reason
 */
export async function loadTlsMaterial(
  files: Files,
  config: TlsConfig,
  configFile: string,
): Promise<TlsMaterial> {
  const certificateSource = `${configFile}: [amphora_agent] agent_server_cert: ${config.agentServerCert}`;
  const authoritySource = `${configFile}: [amphora_agent] agent_server_ca: ${config.agentServerCa}`;
  const read = (key: 'agentServerCert' | 'agentServerCa'): Promise<string> =>
    readNamed(files, configFile, key, config[key]);
  const certificate = await read('agentServerCert');
  const clientAuthorities = await read('agentServerCa');
  if (!clientAuthorities.includes('-----BEGIN CERTIFICATE-----')) {
    throw new InvalidConfiguration(`${authoritySource}: no certificate in it`);
  }
  const material: TlsMaterial = {
    ...readServerCertificate(certificate, certificateSource),
    clientAuthorities: undefined,
    minVersion: config.minTlsVersion,
    ciphers: undefined,
  };
  accept(material, certificateSource);
  const whole = { ...material, clientAuthorities };
  accept(whole, authoritySource);
  return whole;
}

async function readNamed(files: Files, configFile: string, key: OptionKey, file: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await files.readText(file);
  } catch (error) {
    throw unreadableFile(configFile, key, file, error);
  }
  if (text === undefined) throw unreadableFile(configFile, key, file, undefined);
  return text;
}

function accept(material: TlsMaterial, source: string): void {
  try {
    createSecureContext(secureContextOptions(material));
  } catch (error) {
    throw new InvalidConfiguration(`${source}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
