import { haproxyCheck } from './haproxy/haproxy-check.ts';
import type { HaproxyId, ListenerId } from './ids.ts';
import {
  AMPHORA_NAMESPACE,
  HARD_STOP_CONFIG,
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  NAMESPACE_SERVICE,
  type Paths,
  PLUGGED_INTERFACES,
  USER_GROUP_CONFIG,
} from './paths.ts';
import type { Program } from './program.ts';

/** How the built-in supervisor runs a service. The systemd unit states the same facts. */
export interface SupervisedProcess {
  /** network namespace of the process; null for the agent's own */
  readonly namespace: string | null;
  readonly command: Program;
  /** commands that must exit with status 0 before a start and before a reload; they run inside the namespace */
  readonly checks: readonly Program[];
  /** the service is up when this file holds the pid of a living process */
  readonly pidFile: string;
  /** true when the command forks and its parent exits (the pid file then holds the pid of the main process) */
  readonly forks: boolean;
  readonly reloadSignal: 'SIGUSR2' | 'SIGHUP';
  readonly environment: Readonly<Record<string, string>>;
  /** limit of file descriptors, which the kernel may lower to the agent's own hard limit; null for the agent's own limit */
  readonly openFiles: number | null;
}

/** A service as plain data. The functions of render/units.ts create it for systemd and for the built-in supervisor. */
export interface ServiceDefinition {
  /** unit name without ".service" */
  readonly name: string;
  /** text of the systemd unit */
  readonly unit: string;
  /** null for a unit that only systemd needs, because the agent itself does the unit's work under the supervisor */
  readonly supervised: SupervisedProcess | null;
}

/** The facts of one haproxy that both its unit and the supervisor need. */
export interface HaproxyFacts {
  readonly name: string;
  /** id of the load balancer (API 0.5: of the listener) */
  readonly id: string;
  readonly check: Program;
  /** the command stays in the foreground and notifies systemd when NOTIFY_SOCKET is set */
  readonly start: Program;
  readonly pidFile: string;
  readonly certificates: string;
  readonly supervised: SupervisedProcess;
}

/** The limit of file descriptors of a haproxy: two per connection for a million connections, plus a reserve. */
export const HAPROXY_OPEN_FILES = 2_600_000;

const KEEPALIVED = '/usr/sbin/keepalived';

/**
 * Returns the facts of the haproxy of one load balancer: master-worker mode (haproxy management guide, section 4) with a
 * master socket that only root may use.
 * @param options.peer haproxy's own name in the peers section
 */
export function haproxyFacts(options: {
  readonly haproxyCmd: string;
  readonly paths: Paths;
  readonly id: HaproxyId;
  readonly peer: string;
}): HaproxyFacts {
  const { haproxyCmd, id, peer } = options;
  const at = options.paths.loadBalancer(id);
  // haproxy keeps the last value, so a value in the load balancer's own configuration replaces the default
  const files = [HARD_STOP_CONFIG, at.config, USER_GROUP_CONFIG];
  const check = haproxyCheck({ haproxyCmd, files, peer });
  // -Ws even without systemd: with -W alone, the `daemon` that controllers send makes haproxy fork to the background
  const start: Program = [
    haproxyCmd,
    '-Ws',
    ...files.flatMap((file) => ['-f', file]),
    '-p',
    at.pidFile,
    '-L',
    peer,
    '-S',
    `${at.masterSocket},mode,600`,
  ];
  return {
    name: haproxyService(id),
    id,
    check,
    start,
    pidFile: at.pidFile,
    certificates: at.certificates,
    supervised: {
      namespace: AMPHORA_NAMESPACE,
      command: start,
      checks: [check],
      pidFile: at.pidFile,
      forks: false,
      reloadSignal: 'SIGUSR2',
      environment: {},
      openFiles: HAPROXY_OPEN_FILES,
    },
  };
}

/** The most workers that serve their open connections after reloads. docs/reloads.md gives the reason. */
export const MOST_OLD_WORKERS = 25;
/** The number of such workers from which each reload logs a warning. */
export const MANY_OLD_WORKERS = 20;

/**
 * Returns the text of HARD_STOP_CONFIG. It limits how many replaced workers may keep serving their open connections, and for
 * how long (haproxy manual, section 3.1, `mworker-max-reloads` and `hard-stop-after`).
 * @param hardStopAfter seconds; 0 for no limit
 */
export const hardStopText = (hardStopAfter: number): string =>
  `global\n    mworker-max-reloads ${MOST_OLD_WORKERS}\n${hardStopAfter === 0 ? '' : `    hard-stop-after ${hardStopAfter}s\n`}`;

/** The facts of one keepalived that both its unit and the supervisor need. */
export interface KeepalivedFacts {
  readonly name: string;
  /** the command under systemd, which forks to the background */
  readonly start: Program;
  readonly pidFile: string;
  readonly supervised: SupervisedProcess;
}

/**
 * Returns the facts of keepalived for VRRP. It logs to syslog, because Debian's build has no log file of its own. Under
 * systemd it forks. The supervisor keeps it in the foreground, so that its output is in the supervisor's log too. The
 * option `-d` is absent because it would log the whole configuration with its password.
 * @param logFacility number of the LOCAL facility of its lines in syslog
 */
export function keepalivedFacts({ vrrp }: Paths, logFacility: number): KeepalivedFacts {
  const options = ['-D', '-P', '-S', `${logFacility}`, '-f', vrrp.mainConfig, '-p', vrrp.pidFile];
  return {
    name: KEEPALIVED_SERVICE,
    start: [KEEPALIVED, ...options],
    pidFile: vrrp.pidFile,
    supervised: {
      namespace: AMPHORA_NAMESPACE,
      command: [KEEPALIVED, '-n', '-l', ...options],
      checks: [],
      pidFile: vrrp.pidFile,
      forks: false,
      reloadSignal: 'SIGHUP',
      // keepalived writes dumps of its state there, which have its password: /tmp is for everyone
      environment: { ...KEEPALIVED_ENVIRONMENT, TMPDIR: vrrp.directory },
      openFiles: null,
    },
  };
}

/**
 * keepalived looks up the name of its host at each start, and waits for each name server that is silent. No attempts means that
 * no name server is queried (resolv.conf(5), `attempts`). Controllers send addresses, never names.
 */
export const KEEPALIVED_ENVIRONMENT = { RES_OPTIONS: 'attempts:0' } as const;

/**
 * Returns the facts of the keepalived of one UDP or SCTP listener. It is restarted, never reloaded: no test here can prove
 * that a reload keeps the members, because that needs a kernel with IPVS.
 */
export function keepalivedLvsFacts(paths: Paths, listenerId: ListenerId): KeepalivedFacts {
  const at = paths.lvsListener(listenerId);
  const pidFiles = ['-p', at.pidFile, '-r', at.vrrpPidFile, '-c', at.checkPidFile];
  const options = ['-D', '-f', at.mainConfig, ...pidFiles];
  return {
    name: keepalivedLvsService(listenerId),
    start: [KEEPALIVED, ...options],
    pidFile: at.pidFile,
    supervised: {
      namespace: AMPHORA_NAMESPACE,
      command: [KEEPALIVED, '-n', '-l', ...options],
      checks: [],
      pidFile: at.pidFile,
      forks: false,
      reloadSignal: 'SIGHUP',
      environment: KEEPALIVED_ENVIRONMENT,
      openFiles: null,
    },
  };
}

/** The command that reads a configuration and starts nothing (keepalived(8), `--config-test`). */
export const keepalivedTest = (file: string): Program => [KEEPALIVED, '--config-test', '-f', file];

/**
 * The same command without a network: keepalived resolves its host name, which takes 5 s or more when no name server
 * answers.
 */
export const keepalivedCheck = (file: string): Program => ['unshare', '--net', '--', ...keepalivedTest(file)];

/** One line of a oneshot unit. */
export interface NamespaceStep {
  readonly reason: string;
  readonly command: Program;
}

/** The steps that build the namespace at boot. When a step fails, the later steps still run. */
export interface NamespaceFacts {
  readonly name: string;
  readonly steps: readonly NamespaceStep[];
}

const inside = (...command: string[]): Program => [
  '/usr/sbin/ip',
  'netns',
  'exec',
  AMPHORA_NAMESPACE,
  ...command,
];
const step = (reason: string, command: Program): NamespaceStep => ({ reason, command });

/**
 * Sysctls of the namespace: forwarding, IPVS (flows leave a failed member at once) and pings by every user. haproxy runs
 * ping-wrapper.sh as `nobody` with no_new_privs (prctl(2)), so the file capability of ping has no effect.
 */
export const NAMESPACE_SYSCTLS: readonly string[] = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.vs.conntrack=1',
  'net.ipv4.vs.expire_nodest_conn=1',
  'net.ipv4.vs.expire_quiescent_template=1',
  'net.ipv4.ping_group_range=0 2147483647',
];

/** The kernel has one connection tracking table for all namespaces. Only the initial namespace can set its size. */
const CONNTRACK_SYSCTLS = [
  'net.netfilter.nf_conntrack_buckets=125000',
  'net.netfilter.nf_conntrack_max=500000',
  'net.netfilter.nf_conntrack_expect_max=125000',
];

/** The steps that configure the kernel once the namespace exists. */
export const KERNEL_STEPS: readonly NamespaceStep[] = [
  step('kernel modules, whose sysctls are set below', [
    '/usr/sbin/modprobe',
    '--all',
    'ip_vs',
    'nf_conntrack',
  ]),
  step('sysctls of the system', inside('/usr/sbin/sysctl', '--system')),
  step(
    'sysctls for forwarding, IPVS and pings',
    inside('/usr/sbin/sysctl', '-e', '-w', ...NAMESPACE_SYSCTLS),
  ),
  step('sysctls for the size of connection tracking', ['/usr/sbin/sysctl', '-e', '-w', ...CONNTRACK_SYSCTLS]),
];

/**
 * The path at which packages install the agent. It is not in /usr/bin, where another agent's program may have the same
 * name, and where the package that owns the name may be removed.
 */
const PROGRAM = '/usr/lib/amphora-agent/amphora-agent.cjs';

/** Returns the steps that build the namespace. @param configFile absolute path of the agent's configuration */
export function namespaceFacts(configFile: string): NamespaceFacts {
  return {
    name: NAMESPACE_SERVICE,
    steps: [
      step('the network namespace', ['/usr/sbin/ip', 'netns', 'add', AMPHORA_NAMESPACE]),
      step('lo, over which haproxy and its peers communicate', [
        '/usr/sbin/ip',
        '-n',
        AMPHORA_NAMESPACE,
        'link',
        'set',
        'lo',
        'up',
      ]),
      ...KERNEL_STEPS,
      // one process for both steps: its start takes longer than the steps, and haproxy waits for the unit
      step(`interfaces in ${PLUGGED_INTERFACES}, with their addresses, routes and rules`, [
        PROGRAM,
        '--config-file',
        configFile,
        'netns',
        '--up',
      ]),
    ],
  };
}
