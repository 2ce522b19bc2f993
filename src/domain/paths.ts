import path from 'node:path';
import { type HaproxyId, isListenerId, type ListenerId } from './ids.ts';

/** The network namespace that holds everything but the management interface (contract section 8). */
export const AMPHORA_NAMESPACE = 'amphora-haproxy';

/** Unit names without their `.service` ending. */
export const KEEPALIVED_SERVICE = 'octavia-keepalived';
export const NAMESPACE_SERVICE = 'amphora-netns';
export const METRICS_PROXY_SERVICE = 'prometheus-proxy';
/** The unit name of a load balancer's (API 0.5: a listener's) haproxy. */
export const haproxyService = (id: HaproxyId): string => `haproxy-${id}`;

/** In front of the listener's id in keepalivedLvsService(). */
export const KEEPALIVED_LVS_PREFIX = 'octavia-keepalivedlvs-';
/** The unit name of the keepalived of a UDP or SCTP listener. */
export const keepalivedLvsService = (listenerId: ListenerId): string =>
  `${KEEPALIVED_LVS_PREFIX}${listenerId}`;

/** Files whose place no option moves (contract sections 5, 8 and 10). */
const FIXED_DIRECTORY = '/var/lib/octavia';
/** what haproxy runs for PING health monitors */
export const PING_COMMAND = path.join(FIXED_DIRECTORY, 'ping-wrapper.sh');
export const USER_GROUP_CONFIG = path.join(FIXED_DIRECTORY, 'haproxy-default-user-group.conf');
/** What every check of a haproxy configuration reads last, and no haproxy that serves. */
export const CHECK_CONFIG = path.join(FIXED_DIRECTORY, 'haproxy-check.conf');
/** The agent's haproxy_hard_stop_after, for every haproxy. */
export const HARD_STOP_CONFIG = path.join(FIXED_DIRECTORY, 'haproxy-hard-stop.conf');
export const PLUGGED_INTERFACES = path.join(FIXED_DIRECTORY, 'plugged_interfaces');
/** The unit of the image that makes the network namespace where systemd sees it. */
export const NAMESPACE_MAKER = 'amphora-netns-add.service';
export const UNIT_DIRECTORY = '/usr/lib/systemd/system';
export const ENI_DIRECTORY = `/etc/netns/${AMPHORA_NAMESPACE}/network/interfaces.d`;

/** The options that decide where things are. */
export interface PathOptions {
  readonly basePath: string;
  readonly baseCertDir: string;
  readonly agentServerNetworkDir: string;
}

/** Files of one load balancer (contract section 5). */
export interface LoadBalancerPaths {
  readonly directory: string;
  readonly config: string;
  readonly newConfig: string;
  readonly failedConfig: string;
  readonly pidFile: string;
  readonly masterSocket: string;
  readonly statsSocket: string;
  readonly serversState: string;
  readonly apiVersion: string;
  readonly certificates: string;
  /** those that came in a model; nothing else is in it */
  readonly modelCertificates: string;
  /** the stored model, behind which its file's ending comes */
  readonly model: string;
  /** configurations that ran; nothing else is in it */
  readonly history: string;
}

/** Files of one UDP or SCTP listener (contract section 7). */
export interface LvsListenerPaths {
  readonly config: string;
  /** what keepalived is started with: it includes the configuration */
  readonly mainConfig: string;
  readonly newConfig: string;
  readonly pidFile: string;
  readonly vrrpPidFile: string;
  readonly checkPidFile: string;
  readonly apiVersion: string;
  /** the stored model, behind which its file's ending comes */
  readonly model: string;
}

/** Files of keepalived for VRRP (contract section 6). */
export interface VrrpPaths {
  readonly directory: string;
  readonly config: string;
  /** what keepalived is started with: it includes the configuration */
  readonly mainConfig: string;
  readonly pidFile: string;
  readonly checkScript: string;
  readonly checkScripts: string;
  readonly haproxyCheckScript: string;
  readonly lvsCheckScript: string;
}

/** Every path of the agent, worked out from the configuration. */
export interface Paths {
  readonly base: string;
  /** certificates of all load balancers */
  readonly certificates: string;
  readonly supervisorState: string;
  readonly countersFile: string;
  /** of the metrics proxy, where the built-in supervisor runs it */
  readonly metricsProxyPidFile: string;
  /** programs that haproxy and keepalived call by name for their checks; nothing else is in it */
  readonly commands: string;
  /** script and leases of DHCP clients */
  readonly dhcpDirectory: string;
  /** what may reach the VIP's interface, for nft */
  readonly vipFirewall: string;
  readonly vrrp: VrrpPaths;
  readonly lvsDirectory: string;
  /** main configurations of the keepaliveds of UDP and SCTP listeners; nothing else is in it */
  readonly lvsMainConfigs: string;
  /** script that keepalived runs for UDP members */
  readonly udpCheck: string;
  /** script that keepalived runs for HTTP monitors of other methods than GET */
  readonly httpCheck: string;
  lvsListener(id: ListenerId): LvsListenerPaths;
  loadBalancer(id: HaproxyId): LoadBalancerPaths;
  interfaceFile(name: string): string;
}

const LVS_CONFIG = /^octavia-keepalivedlvs-(.+)\.conf$/;

/** ids of the UDP and SCTP listeners whose configurations are among the names in `lvsDirectory` */
export const lvsListenersAmong = (names: readonly string[]): ListenerId[] =>
  names.map((name) => LVS_CONFIG.exec(name)?.[1] ?? '').filter(isListenerId);

/** @param options directories from the configuration */
export function createPaths(options: PathOptions): Paths {
  const base = options.basePath;
  const lvs = path.join(base, 'lvs');
  return {
    base,
    certificates: options.baseCertDir,
    supervisorState: path.join(base, 'supervisor'),
    countersFile: path.join(base, 'stats_counters.json'),
    metricsProxyPidFile: path.join(base, `${METRICS_PROXY_SERVICE}.pid`),
    commands: path.join(base, 'bin'),
    dhcpDirectory: path.join(base, 'dhcp'),
    vipFirewall: path.join(base, 'nftables-vip.rules'),
    vrrp: vrrpPaths(path.join(base, 'vrrp')),
    lvsDirectory: lvs,
    lvsMainConfigs: path.join(lvs, 'main'),
    udpCheck: path.join(lvs, 'check', 'udp_check.sh'),
    httpCheck: path.join(lvs, 'check', 'http_check.sh'),
    lvsListener(id) {
      const file = (ending: string): string => path.join(lvs, `octavia-keepalivedlvs-${id}.${ending}`);
      return {
        config: file('conf'),
        // the Python agent takes every file beside it that ends like a configuration for one
        mainConfig: path.join(lvs, 'main', `${id}.conf`),
        newConfig: file('new'),
        pidFile: file('pid'),
        vrrpPidFile: file('vrrp.pid'),
        checkPidFile: file('check.pid'),
        apiVersion: file('api-version'),
        model: file('model'),
      };
    },
    // texts put together and not joined by `path`, which every heartbeat would pay for
    loadBalancer(id) {
      const directory = path.join(base, id);
      const certificates = path.join(options.baseCertDir, id);
      return {
        directory,
        config: `${directory}/haproxy.cfg`,
        newConfig: `${directory}/haproxy.cfg.new`,
        failedConfig: `${directory}/haproxy.cfg.new-failed`,
        pidFile: `${directory}/${id}.pid`,
        masterSocket: `${directory}/master.sock`,
        statsSocket: `${directory}.sock`,
        serversState: `${directory}/servers-state`,
        apiVersion: `${directory}/api-version`,
        certificates,
        modelCertificates: `${certificates}/model`,
        model: `${directory}/haproxy.cfg.model`,
        history: `${directory}/history`,
      };
    },
    interfaceFile: (name) => path.join(options.agentServerNetworkDir, `${name}.json`),
  };
}

const vrrpPaths = (directory: string): VrrpPaths => ({
  directory,
  config: path.join(directory, 'octavia-keepalived.conf'),
  mainConfig: path.join(directory, 'main.conf'),
  pidFile: path.join(directory, 'octavia-keepalived.pid'),
  checkScript: path.join(directory, 'check_script.sh'),
  checkScripts: path.join(directory, 'check_scripts'),
  haproxyCheckScript: path.join(directory, 'check_scripts', 'haproxy_check_script.sh'),
  lvsCheckScript: path.join(directory, 'check_scripts', 'lvs_udp_check.sh'),
});
