import type { Logger } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import type { Paths } from '../domain/paths.ts';
import { createCommandRunner } from './command.ts';
import { createDhcpClient } from './dhcp-client.ts';
import { createFiles } from './files.ts';
import { createHaproxySockets } from './haproxy-socket.ts';
import type { Host } from './host.ts';
import { createIpvs } from './ipvs.ts';
import { createNamespaceNetwork } from './namespace.ts';
import { createPacketFilter } from './packet-filter.ts';
import { createProcesses } from './processes.ts';
import { createServiceManager } from './services.ts';
import { createSystemInfo } from './system-info.ts';

/** All real adapters of one machine. */
export async function createHost(
  config: Pick<AgentConfig, 'serviceManager'>,
  paths: Paths,
  logger: Logger,
): Promise<Host> {
  const files = createFiles();
  const commands = createCommandRunner();
  const processes = createProcesses(files);
  return {
    files,
    commands,
    services: await createServiceManager(config.serviceManager, { files, commands, paths, logger }),
    network: createNamespaceNetwork(commands, files, logger),
    filter: createPacketFilter(commands, files),
    dhcp: createDhcpClient({ commands, files, processes, logger }, paths.dhcpDirectory),
    haproxy: createHaproxySockets(),
    ipvs: createIpvs(files, async () => commands),
    processes,
    system: createSystemInfo(files, commands),
  };
}
