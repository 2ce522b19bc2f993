import type { CommandRunner } from './command.ts';
import type { DhcpClient } from './dhcp-client.ts';
import type { Files } from './files.ts';
import type { HaproxySockets } from './haproxy-socket.ts';
import type { HaproxyTexts } from './haproxy-texts.ts';
import type { Ipvs } from './ipvs.ts';
import type { MetricsProxy } from './metrics-proxy.ts';
import type { NamespaceNetwork } from './namespace.ts';
import type { OpenFiles } from './open-files.ts';
import type { PacketFilter } from './packet-filter.ts';
import type { Processes } from './processes.ts';
import type { ServiceManager } from './services.ts';
import type { SystemInfo } from './system-info.ts';

/** Every effect that the operations may have, one adapter a kind. Operations see this type, never an implementation. */
export interface Host {
  readonly files: Files;
  readonly commands: CommandRunner;
  readonly services: ServiceManager;
  readonly network: NamespaceNetwork;
  readonly filter: PacketFilter;
  readonly dhcp: DhcpClient;
  readonly haproxy: HaproxySockets;
  readonly haproxyTexts: HaproxyTexts;
  readonly ipvs: Ipvs;
  readonly metricsProxy: MetricsProxy;
  readonly processes: Processes;
  readonly openFiles: OpenFiles;
  readonly system: SystemInfo;
}
