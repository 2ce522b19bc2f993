import type { Logger } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import { NAMESPACE_MAKER, type Paths, UNIT_DIRECTORY } from '../domain/paths.ts';
import type { ProgramTexts } from '../domain/programs.ts';
import { searchPath } from '../domain/search-path.ts';
import { createCertificateValidities } from './certificate-validities.ts';
import { createCommandRunner } from './command.ts';
import { createDiagnosticsTools } from './diagnostics/diagnostics-tools.ts';
import { createFiles } from './files.ts';
import { createHaproxySockets } from './haproxy/haproxy-socket.ts';
import { createHaproxyTexts } from './haproxy/haproxy-texts.ts';
import type { Host } from './host.ts';
import { createIpvs } from './keepalived/ipvs.ts';
import { createMetricsProxy } from './metrics-proxy.ts';
import { createAddressProbe } from './network/address-probe.ts';
import { createBindTrial } from './network/bind-trial.ts';
import { createConnectTrial } from './network/connect-trial.ts';
import { createDhcpClient } from './network/dhcp-client.ts';
import { createIfUpDown } from './network/ifupdown.ts';
import { createNamespaceNetwork } from './network/namespace.ts';
import { createNetworkWatch } from './network/network-watch.ts';
import { createPacketCapture } from './network/packet-capture.ts';
import { createPacketFilter } from './network/packet-filter.ts';
import { createTlsTrial } from './network/tls-trial.ts';
import { ownProgram } from './own-program.ts';
import { createOpenFiles } from './processes/open-files.ts';
import { createProcesses } from './processes/processes.ts';
import { createServiceManager } from './services/create-services.ts';
import { createSystemInfo } from './system-info.ts';
import { createUnpooledFiles } from './unpooled-files.ts';
import { createUpgradeTools } from './upgrade/upgrade-tools.ts';

/**
 * Creates the adapters to the real machine.
 * @param inheritedPath the PATH of this process
 */
export async function createHost(
  config: Pick<AgentConfig, 'serviceManager'>,
  paths: Paths,
  logger: Logger,
  inheritedPath: string | undefined,
  programs: ProgramTexts,
): Promise<Host> {
  const files = createFiles();
  const commands = createCommandRunner();
  const processes = createProcesses(files);
  const services = await createServiceManager(config.serviceManager, {
    ...{ files, commands, paths, logger },
    searchPath: searchPath([paths.commands], inheritedPath),
  });
  const hasMaker =
    services.kind === 'systemd' && (await files.exists(`${UNIT_DIRECTORY}/${NAMESPACE_MAKER}`));
  const networkWatch = createNetworkWatch(programs.networkWatch);
  const network = createNamespaceNetwork(commands, files, logger, hasMaker ? NAMESPACE_MAKER : undefined);
  return {
    files,
    certificateValidities: createCertificateValidities(files),
    commands,
    services,
    network,
    ifupdown: createIfUpDown(network),
    // of the files, it only looks whether nft is installed, at each look for drift
    filter: createPacketFilter(commands, createUnpooledFiles()),
    capture: createPacketCapture(commands),
    addressProbe: createAddressProbe(networkWatch),
    networkWatch,
    bindTrial: createBindTrial(network, programs.bindTrial),
    connectTrial: createConnectTrial(network, programs.connectTrial),
    tlsTrial: createTlsTrial(programs.tcpRelay),
    dhcp: createDhcpClient({ commands, files, processes, logger }, paths.dhcpDirectory, programs.dhcp),
    haproxy: createHaproxySockets(),
    haproxyTexts: createHaproxyTexts(files),
    ipvs: createIpvs(files, async () => commands),
    metricsProxy: createMetricsProxy({ files, services, paths, logger }, await ownProgram()),
    processes,
    openFiles: createOpenFiles(files),
    system: createSystemInfo(files, commands),
    diagnostics: createDiagnosticsTools(),
    upgrades: createUpgradeTools({ commands, files }),
  };
}
