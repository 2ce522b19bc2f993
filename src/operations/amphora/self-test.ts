import type { Logger } from 'pino';
import type { AgentConfig } from '../../config/options.ts';
import type { Paths } from '../../domain/paths.ts';
import { judgeApiAddress } from '../../domain/self-test/api-address.ts';
import { type AuthoritiesFile, judgeAuthorities } from '../../domain/self-test/client-authorities.ts';
import type { Finding } from '../../domain/self-test/finding.ts';
import {
  judgeBindAddress,
  judgeControllers,
  judgeDirectory,
  judgeModule,
  judgeSecretFile,
  NEEDED_MODULES,
} from '../../domain/self-test/machine.ts';
import { certificateWarnings, judgeOwnCertificate } from '../../domain/self-test/own-certificate.ts';
import { judgeProgram, neededPrograms } from '../../domain/self-test/programs.ts';
import type { MachineCheck } from '../../host/machine-check.ts';

/** The dependencies of the self-test. */
export interface SelfTest {
  readonly config: AgentConfig;
  readonly paths: Pick<Paths, 'base' | 'certificates' | 'local'>;
  readonly machine: MachineCheck;
  /** certificates of the agent in PEM, its own first; undefined when its file can't be used, which another check reports */
  readonly chain: string | undefined;
  /** the authorities of the clients; files that can't be used are left out, which another check reports */
  readonly authorities: readonly AuthoritiesFile[];
}

/** Checks everything that the agent needs on this machine, besides the content of its configuration. Changes nothing. */
export async function selfTest(test: SelfTest): Promise<Finding[]> {
  const { config, machine } = test;
  const isDebian = await machine.isDebian();
  const programs = neededPrograms(config.haproxyCmd).map(async (needed) =>
    judgeProgram(needed, await machine.program(needed), isDebian),
  );
  return [
    ...(await Promise.all(programs)),
    ...(await machineFindings(test)),
    ...(await addressFindings(test)),
    ...judgeControllers(await resolved(test)),
  ];
}

/** Judges the address of the API, and its port if an interface has the address. */
async function addressFindings({ config, paths, machine }: SelfTest): Promise<Finding[]> {
  const { bindHost: host, bindPort: port } = config;
  const address = judgeBindAddress(host, machine.addresses());
  if (address.state !== 'ok') return [address];
  const state = await machine.apiAddress({ host, port, socket: paths.local.socket });
  return [address, judgeApiAddress(host, port, state)];
}

/** Returns the programs that are missing. Runs none of them, as the whole self-test does for their versions. */
export async function missingPrograms(
  { haproxyCmd }: Pick<AgentConfig, 'haproxyCmd'>,
  machine: Pick<MachineCheck, 'program' | 'isDebian'>,
): Promise<Finding[]> {
  const isDebian = await machine.isDebian();
  const found = await Promise.all(
    neededPrograms(haproxyCmd)
      .map((needed) => ({ ...needed, version: undefined }))
      .map(async (needed) => judgeProgram(needed, await machine.program(needed), isDebian)),
  );
  return found.filter(({ state }) => state !== 'ok');
}

/** Judges modules, directories, the modes of files with secrets, and the certificate. */
async function machineFindings(test: SelfTest): Promise<Finding[]> {
  const { config, machine, chain } = test;
  const { agentServerCert: file, amphoraId } = config;
  return [
    ...(await moduleFindings(machine)),
    ...(await fileFindings(test)),
    ...(chain === undefined ? [] : judgeOwnCertificate({ file, chain, amphoraId, now: new Date() })),
    ...authorityFindings(test),
  ];
}

const moduleFindings = (machine: Pick<MachineCheck, 'hasModule'>): Promise<Finding[]> =>
  Promise.all(
    Object.keys(NEEDED_MODULES)
      .filter(isModule)
      .map(async (name) => judgeModule(name, await machine.hasModule(name))),
  );

function authorityFindings({ authorities }: SelfTest): Finding[] {
  const now = new Date();
  return authorities.flatMap((one) => judgeAuthorities(one, now));
}

async function fileFindings({ config, paths, machine }: SelfTest): Promise<Finding[]> {
  const directories = [paths.base, paths.certificates, config.agentServerNetworkDir];
  const found = directories.map(async (one) => judgeDirectory(one, await machine.file(one)));
  const certificate = config.agentServerCert;
  return [
    ...(await Promise.all(found)),
    // not the configuration, which has the heartbeat key: cloud-init gives it mode 0644 in each amphora
    ...judgeSecretFile(certificate, await machine.file(certificate)),
  ];
}

/**
 * Logs the faults that the start of the agent logs nowhere else: programs, kernel modules, directories, modes of files, the
 * certificate's name, its coming end, its chain, authorities that expired. The start itself logs the configuration, kernel settings,
 * addresses and dates. Runs no program.
 */
export async function logFaults(test: SelfTest, logger: Logger): Promise<void> {
  const { config, chain, machine } = test;
  const { agentServerCert: file, amphoraId } = config;
  logFindings(logger, [
    ...(await missingPrograms(config, machine)),
    ...(await moduleFindings(machine)),
    ...(await fileFindings(test)),
    ...(chain === undefined ? [] : certificateWarnings({ file, chain, amphoraId, now: new Date() })),
    ...authorityFindings(test),
  ]);
}

/** Logs each controller whose name has no address. Asks for one name after the other: each takes a thread while it waits. */
export async function logLostDestinations({ config, machine }: SelfTest, logger: Logger): Promise<void> {
  for (const { host, port } of config.controllers) {
    logFindings(logger, judgeControllers(new Map([[`${host}:${port}`, await machine.resolves(host)]])));
  }
}

function logFindings(logger: Logger, findings: readonly Finding[]): void {
  for (const { state, subject, message, remedy } of findings) {
    if (state !== 'ok') logger.warn({ subject, fault: message, remedy }, 'the self-test found a fault');
  }
}

const isModule = (name: string): name is keyof typeof NEEDED_MODULES => Object.hasOwn(NEEDED_MODULES, name);

async function resolved({ config, machine }: SelfTest): Promise<Map<string, boolean>> {
  const found = config.controllers.map(
    async ({ host, port }) => [`${host}:${port}`, await machine.resolves(host)] as const,
  );
  return new Map(await Promise.all(found));
}
