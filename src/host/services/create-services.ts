import type { Logger } from 'pino';
import type { Paths } from '../../domain/paths.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import type { ServiceManager, ServiceManagerKind } from './services.ts';
import { createSupervisor } from './supervisor.ts';
import { createSystemdServices } from './systemd.ts';

/** @param kind the option service_manager; `auto` means systemd if systemd booted the machine (sd_booted(3)) */
export async function chooseServiceManager(
  kind: ServiceManagerKind | 'auto',
  files: Pick<Files, 'exists'>,
): Promise<ServiceManagerKind> {
  if (kind !== 'auto') return kind;
  return (await files.exists('/run/systemd/system')) ? 'systemd' : 'supervisor';
}

/** @param kind the kind that chooseServiceManager() takes */
export async function createServiceManager(
  kind: ServiceManagerKind | 'auto',
  parts: {
    readonly files: Files;
    readonly commands: CommandRunner;
    readonly paths: Pick<Paths, 'supervisorState'>;
    readonly logger: Logger;
    /** PATH of the services of the built-in supervisor; under systemd, systemd and the units set it */
    readonly searchPath: string;
  },
): Promise<ServiceManager> {
  const { files, commands, paths, logger, searchPath } = parts;
  return (await chooseServiceManager(kind, files)) === 'systemd'
    ? createSystemdServices(commands, files)
    : createSupervisor({ files, commands, logger, searchPath, directory: paths.supervisorState });
}
