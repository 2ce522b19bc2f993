import type { CertificateValidities } from './certificate-validities.ts';
import type { CommandRunner } from './command.ts';
import type { DiagnosticsTools } from './diagnostics/diagnostics-tools.ts';
import type { Files } from './files.ts';
import type { HaproxySockets } from './haproxy/haproxy-socket.ts';
import type { HaproxyTexts } from './haproxy/haproxy-texts.ts';
import type { Ipvs } from './keepalived/ipvs.ts';
import type { MetricsProxy } from './metrics-proxy.ts';
import type { AddressProbe } from './network/address-probe.ts';
import type { BindTrial } from './network/bind-trial.ts';
import type { ConnectTrial } from './network/connect-trial.ts';
import type { DhcpClient } from './network/dhcp-client.ts';
import type { IfUpDown } from './network/ifupdown.ts';
import type { NamespaceNetwork } from './network/namespace.ts';
import type { NetworkWatch } from './network/network-watch.ts';
import type { PacketCapture } from './network/packet-capture.ts';
import type { PacketFilter } from './network/packet-filter.ts';
import type { TlsTrial } from './network/tls-trial.ts';
import type { OpenFiles } from './processes/open-files.ts';
import type { Processes } from './processes/processes.ts';
import type { ServiceManager } from './services/services.ts';
import type { SystemInfo } from './system-info.ts';
import type { UpgradeTools } from './upgrade/upgrade-tools.ts';

/**
 * Every effect that the operations may have, one adapter for each kind. Operations see this type, never an implementation.
 */
export interface Host {
  readonly files: Files;
  readonly certificateValidities: CertificateValidities;
  readonly commands: CommandRunner;
  readonly services: ServiceManager;
  readonly network: NamespaceNetwork;
  readonly addressProbe: AddressProbe;
  readonly networkWatch: NetworkWatch;
  readonly filter: PacketFilter;
  readonly capture: PacketCapture;
  readonly bindTrial: BindTrial;
  readonly connectTrial: ConnectTrial;
  readonly tlsTrial: TlsTrial;
  readonly dhcp: DhcpClient;
  readonly ifupdown: IfUpDown;
  readonly haproxy: HaproxySockets;
  readonly haproxyTexts: HaproxyTexts;
  readonly ipvs: Ipvs;
  readonly metricsProxy: MetricsProxy;
  readonly processes: Processes;
  readonly openFiles: OpenFiles;
  readonly system: SystemInfo;
  readonly diagnostics: DiagnosticsTools;
  readonly upgrades: UpgradeTools;
}
