import path from 'node:path';
import { type HaproxyId, isListenerId, type ListenerId } from './ids.ts';

/** The network namespace that holds every interface except the management interface. */
export const AMPHORA_NAMESPACE = 'amphora-haproxy';

/** Unit names without their `.service` ending. */
export const KEEPALIVED_SERVICE = 'octavia-keepalived';
export const NAMESPACE_SERVICE = 'amphora-netns';
export const METRICS_PROXY_SERVICE = 'prometheus-proxy';
/** The unit in which the program of an upgrade runs. */
export const UPGRADE_SERVICE = 'amphora-upgrade';
/** The unit name of a load balancer's (API 0.5: a listener's) haproxy. */
export const haproxyService = (id: HaproxyId): string => `haproxy-${id}`;

/** The prefix of the unit names that keepalivedLvsService() returns. */
export const KEEPALIVED_LVS_PREFIX = 'octavia-keepalivedlvs-';
/** The unit name of the keepalived of a UDP or SCTP listener. */
export const keepalivedLvsService = (listenerId: ListenerId): string =>
  `${KEEPALIVED_LVS_PREFIX}${listenerId}`;

/** The directory of the files whose place no option changes. */
const FIXED_DIRECTORY = '/var/lib/octavia';
/** The command that haproxy runs for PING health monitors. */
export const PING_COMMAND = path.join(FIXED_DIRECTORY, 'ping-wrapper.sh');
export const USER_GROUP_CONFIG = path.join(FIXED_DIRECTORY, 'haproxy-default-user-group.conf');
/** The last file of every haproxy configuration check. No serving haproxy reads it. */
export const CHECK_CONFIG = path.join(FIXED_DIRECTORY, 'haproxy-check.conf');
/** The file that carries the agent's option haproxy_hard_stop_after to every haproxy. */
export const HARD_STOP_CONFIG = path.join(FIXED_DIRECTORY, 'haproxy-hard-stop.conf');
export const PLUGGED_INTERFACES = path.join(FIXED_DIRECTORY, 'plugged_interfaces');
/** The unit of the image that creates the network namespace in a place where systemd finds it. */
export const NAMESPACE_MAKER = 'amphora-netns-add.service';
export const UNIT_DIRECTORY = '/usr/lib/systemd/system';
export const ENI_DIRECTORY = `/etc/netns/${AMPHORA_NAMESPACE}/network/interfaces.d`;

/** The options that decide where the agent's files are. */
export interface PathOptions {
  readonly basePath: string;
  readonly baseCertDir: string;
  readonly agentServerNetworkDir: string;
}

/** The files of one load balancer (docs/contract.md, section 5). */
export interface LoadBalancerPaths {
  readonly directory: string;
  readonly config: string;
  readonly newConfig: string;
  readonly failedConfig: string;
  readonly pidFile: string;
  readonly masterSocket: string;
  readonly statsSocket: string;
  readonly serversState: string;
  /** what was changed in the running worker without a reload */
  readonly runTimeRecord: string;
  /** the members that are being drained, and those that were */
  readonly drains: string;
  /** what controllers ordered last */
  readonly orders: string;
  readonly apiVersion: string;
  readonly certificates: string;
  /** directory of the certificates that came in a model; it holds no other files */
  readonly modelCertificates: string;
  /** path of the stored model, without the extension that its format adds */
  readonly model: string;
  /** directory of the configurations that ran; it holds no other files */
  readonly history: string;
}

/** The files of one UDP or SCTP listener (docs/contract.md, section 7). */
export interface LvsListenerPaths {
  readonly config: string;
  /** the file that keepalived is started with; it includes the configuration */
  readonly mainConfig: string;
  readonly newConfig: string;
  readonly pidFile: string;
  readonly vrrpPidFile: string;
  readonly checkPidFile: string;
  /** as VrrpPaths.orders */
  readonly orders: string;
  readonly apiVersion: string;
  /** path of the stored model, without the extension that its format adds */
  readonly model: string;
}

/** The files of keepalived for VRRP (docs/contract.md, section 6). */
export interface VrrpPaths {
  readonly directory: string;
  readonly config: string;
  /** the file that keepalived is started with; it includes the configuration */
  readonly mainConfig: string;
  readonly pidFile: string;
  /** whether keepalived should run, which configuration it was last ordered to run, and which it runs */
  readonly orders: string;
  readonly checkScript: string;
  readonly checkScripts: string;
  readonly haproxyCheckScript: string;
  readonly lvsCheckScript: string;
}

/** The files of upgrades (docs/upgrade.md). Only root may read them. */
export interface UpgradePaths {
  readonly directory: string;
  /** directory of a bundle that arrives; nothing in it is used before it is complete and verified */
  readonly staging: string;
  /** directory of the accepted bundle */
  readonly current: string;
  /** directory of the accepted packages, in `current` */
  readonly packages: string;
  /** directory of the former packages, in `current` */
  readonly former: string;
  /** directory of the program that does the upgrade, in `current`: a copy of the agent from before it */
  readonly runner: string;
  /** the upgrade under way, or the last one, in `current` */
  readonly record: string;
  /** the ended upgrades */
  readonly history: string;
  /** which ended upgrade the audit log has last */
  readonly audited: string;
}

/** Every path that the agent uses, computed from the configuration. */
export interface Paths {
  readonly base: string;
  /** certificates of all load balancers */
  readonly certificates: string;
  readonly supervisorState: string;
  /** for commands on the amphora itself; only root enters the directory, which holds nothing but the socket */
  readonly local: { readonly directory: string; readonly socket: string };
  readonly countersFile: string;
  /** pid file of the metrics proxy when the built-in supervisor runs it */
  readonly metricsProxyPidFile: string;
  /** directory of the audit log; it holds no other files */
  readonly audit: string;
  /** directory of the programs that haproxy and keepalived call by name for their checks; it holds no other files */
  readonly commands: string;
  /** script and leases of DHCP clients */
  readonly dhcpDirectory: string;
  readonly upgrade: UpgradePaths;
  /** nft rules: the traffic that may reach the VIP's interface */
  readonly vipFirewall: string;
  readonly vrrp: VrrpPaths;
  readonly lvsDirectory: string;
  /** directory of the main configurations of the keepaliveds of UDP and SCTP listeners; it holds no other files */
  readonly lvsMainConfigs: string;
  /** script that keepalived runs for UDP members */
  readonly udpCheck: string;
  /** script that keepalived runs for HTTP monitors whose method is not GET */
  readonly httpCheck: string;
  lvsListener(id: ListenerId): LvsListenerPaths;
  loadBalancer(id: HaproxyId): LoadBalancerPaths;
  interfaceFile(name: string): string;
}

const LVS_CONFIG = /^octavia-keepalivedlvs-(.+)\.conf$/;

/** Returns the ids of the UDP and SCTP listeners that have a configuration among the file names of `lvsDirectory`. */
export const lvsListenersAmong = (names: readonly string[]): ListenerId[] =>
  names.map((name) => LVS_CONFIG.exec(name)?.[1] ?? '').filter(isListenerId);

/** Computes every path. @param options directories from the configuration */
export function createPaths(options: PathOptions): Paths {
  const base = options.basePath;
  const lvs = path.join(base, 'lvs');
  return {
    base,
    certificates: options.baseCertDir,
    supervisorState: path.join(base, 'supervisor'),
    local: { directory: path.join(base, 'local'), socket: path.join(base, 'local', 'agent.sock') },
    countersFile: path.join(base, 'stats_counters.json'),
    metricsProxyPidFile: path.join(base, `${METRICS_PROXY_SERVICE}.pid`),
    audit: path.join(base, 'audit'),
    commands: path.join(base, 'bin'),
    dhcpDirectory: path.join(base, 'dhcp'),
    upgrade: upgradePaths(path.join(base, 'upgrade')),
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
        // not in `lvs` itself: the Python agent takes every .conf file there for the configuration of a listener
        mainConfig: path.join(lvs, 'main', `${id}.conf`),
        newConfig: file('new'),
        pidFile: file('pid'),
        vrrpPidFile: file('vrrp.pid'),
        checkPidFile: file('check.pid'),
        orders: file('orders.json'),
        apiVersion: file('api-version'),
        model: file('model'),
      };
    },
    loadBalancer: (id) => loadBalancerPaths(base, options.baseCertDir, id),
    interfaceFile: (name) => path.join(options.agentServerNetworkDir, `${name}.json`),
  };
}

const vrrpPaths = (directory: string): VrrpPaths => ({
  directory,
  config: path.join(directory, 'octavia-keepalived.conf'),
  mainConfig: path.join(directory, 'main.conf'),
  pidFile: path.join(directory, 'octavia-keepalived.pid'),
  orders: path.join(directory, 'orders.json'),
  checkScript: path.join(directory, 'check_script.sh'),
  checkScripts: path.join(directory, 'check_scripts'),
  haproxyCheckScript: path.join(directory, 'check_scripts', 'haproxy_check_script.sh'),
  lvsCheckScript: path.join(directory, 'check_scripts', 'lvs_udp_check.sh'),
});

function upgradePaths(directory: string): UpgradePaths {
  const current = path.join(directory, 'current');
  return {
    directory,
    staging: path.join(directory, 'staging'),
    current,
    packages: path.join(current, 'packages'),
    former: path.join(current, 'former'),
    runner: path.join(current, 'runner'),
    record: path.join(current, 'upgrade.json'),
    history: path.join(directory, 'history.json'),
    audited: path.join(directory, 'audited'),
  };
}

// string templates instead of path.join: every heartbeat calls this function, and path.join is slower
function loadBalancerPaths(base: string, baseCertDir: string, id: HaproxyId): LoadBalancerPaths {
  const directory = path.join(base, id);
  const certificates = path.join(baseCertDir, id);
  return {
    directory,
    config: `${directory}/haproxy.cfg`,
    newConfig: `${directory}/haproxy.cfg.new`,
    failedConfig: `${directory}/haproxy.cfg.new-failed`,
    pidFile: `${directory}/${id}.pid`,
    masterSocket: `${directory}/master.sock`,
    statsSocket: `${directory}.sock`,
    serversState: `${directory}/servers-state`,
    runTimeRecord: `${directory}/run-time.json`,
    drains: `${directory}/drains.json`,
    orders: `${directory}/orders.json`,
    apiVersion: `${directory}/api-version`,
    certificates,
    modelCertificates: `${certificates}/model`,
    model: `${directory}/haproxy.cfg.model`,
    history: `${directory}/history`,
  };
}
