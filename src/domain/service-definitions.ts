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

/** How the built-in supervisor runs a service; the same facts that the unit file tells systemd. */
export interface SupervisedProcess {
  /** network namespace it runs in; null for the agent's own */
  readonly namespace: string | null;
  readonly command: Program;
  /** commands that must all end with 0 before a start and before a reload; run inside the namespace */
  readonly checks: readonly Program[];
  /** the service is up when this file names a living process */
  readonly pidFile: string;
  /** true where the command forks and its parent ends (the pid file then tells the main process) */
  readonly forks: boolean;
  readonly reloadSignal: 'SIGUSR2' | 'SIGHUP';
  readonly environment: Readonly<Record<string, string>>;
  /** file descriptors it may have, as far as the kernel lets the agent allow it; null for as many as the agent */
  readonly openFiles: number | null;
}

/** A service as plain data. Made by the functions of render/units.ts, given to whichever manager runs. */
export interface ServiceDefinition {
  /** unit name without ".service" */
  readonly name: string;
  /** text of the systemd unit */
  readonly unit: string;
  /** null for a unit that only systemd needs (the agent itself does its work under the supervisor) */
  readonly supervised: SupervisedProcess | null;
}

/** What a unit and the supervisor both need to know of one haproxy. */
export interface HaproxyFacts {
  readonly name: string;
  /** load balancer (API 0.5: listener) */
  readonly id: string;
  readonly check: Program;
  /** stays in the foreground; notifies where the manager asks for it */
  readonly start: Program;
  readonly pidFile: string;
  readonly certificates: string;
  readonly supervised: SupervisedProcess;
}

/** Most file descriptors that a haproxy may have: two a connection, a million connections and then some. */
export const HAPROXY_OPEN_FILES = 2_600_000;

const KEEPALIVED = '/usr/sbin/keepalived';

/**
 * The haproxy of one load balancer (contract section 5): master-worker mode (haproxy management guide, section 4)
 * with a master socket that only root may use.
 * @param options.peer its own name in the peers section @param options.hardStopAfter seconds; 0 for no limit
 */
export function haproxyFacts(options: {
  readonly haproxyCmd: string;
  readonly paths: Paths;
  readonly id: HaproxyId;
  readonly peer: string;
  readonly hardStopAfter: number;
}): HaproxyFacts {
  const { haproxyCmd, id, peer, hardStopAfter } = options;
  const at = options.paths.loadBalancer(id);
  // haproxy keeps the last value: what the load balancer's own configuration says comes after the default
  const files = [...(hardStopAfter === 0 ? [] : [HARD_STOP_CONFIG]), at.config, USER_GROUP_CONFIG];
  const check = haproxyCheck({ haproxyCmd, files, peer });
  // -Ws also where nobody is notified: with -W alone, the `daemon` that controllers send would fork it away
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

/**
 * The text of HARD_STOP_CONFIG: how long a worker that was replaced may go on with the connections that it still
 * has (haproxy manual, section 3.1, `hard-stop-after`). @param hardStopAfter seconds; 0 for no limit
 */
export const hardStopText = (hardStopAfter: number): string =>
  `global\n${hardStopAfter === 0 ? '' : `    hard-stop-after ${hardStopAfter}s\n`}`;

/** What a unit and the supervisor both need to know of a keepalived. */
export interface KeepalivedFacts {
  readonly name: string;
  /** under systemd: forks */
  readonly start: Program;
  readonly pidFile: string;
  readonly supervised: SupervisedProcess;
}

/**
 * keepalived for VRRP (contract section 6). It logs to syslog; Debian's build has no log file of its own. Under systemd
 * it forks. The supervisor keeps it in the foreground, so that its words are in the supervisor's log too. Without `-d`,
 * which would log the whole configuration with its password.
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
      environment: KEEPALIVED_ENVIRONMENT,
      openFiles: null,
    },
  };
}

/**
 * keepalived looks up the name of its host at each start, and waits for each name server that is silent. No attempts means that
 * no name server is asked (resolv.conf(5), `attempts`). Controllers send addresses, never names.
 */
export const KEEPALIVED_ENVIRONMENT = { RES_OPTIONS: 'attempts:0' } as const;

/**
 * keepalived of one UDP or SCTP listener (contract section 7), otherwise as for VRRP. It is never reloaded: whether a
 * reload keeps the members can only be proved on a kernel with IPVS (field lessons, finding 9).
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

/** Reads a configuration without doing anything (keepalived(8), `--config-test`). */
export const keepalivedTest = (file: string): Program => [KEEPALIVED, '--config-test', '-f', file];

/**
 * The same, without a network: keepalived looks its host's name up, which takes 5 s and more where no name server answers.
 */
export const keepalivedCheck = (file: string): Program => ['unshare', '--net', '--', ...keepalivedTest(file)];

/** One line of a oneshot unit. */
export interface NamespaceStep {
  readonly reason: string;
  readonly command: Program;
}

/** The steps that build the namespace at boot. Each may fail without failing the others (contract section 8). */
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
 * Per namespace: forwarding and IPVS (contract section 8; field lessons A7: flows leave a failed member at once). And pings
 * by every user: haproxy runs ping-wrapper.sh as `nobody` with no_new_privs (prctl(2)), so that the capability which ping
 * has by its file doesn't count.
 */
const NAMESPACE_SYSCTLS = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.vs.conntrack=1',
  'net.ipv4.vs.expire_nodest_conn=1',
  'net.ipv4.vs.expire_quiescent_template=1',
  'net.ipv4.ping_group_range=0 2147483647',
];

/** The kernel has one connection tracking table for all namespaces, sized only from the first one. */
const CONNTRACK_SYSCTLS = [
  'net.netfilter.nf_conntrack_buckets=125000',
  'net.netfilter.nf_conntrack_max=500000',
  'net.netfilter.nf_conntrack_expect_max=125000',
];

/** What the kernel is told once the namespace is there. */
export const KERNEL_STEPS: readonly NamespaceStep[] = [
  step('before their sysctls exist', ['/usr/sbin/modprobe', '--all', 'ip_vs', 'nf_conntrack']),
  step('the sysctls of the system', inside('/usr/sbin/sysctl', '--system')),
  step('forwarding, IPVS and pings', inside('/usr/sbin/sysctl', '-e', '-w', ...NAMESPACE_SYSCTLS)),
  step('sizes of connection tracking', ['/usr/sbin/sysctl', '-e', '-w', ...CONNTRACK_SYSCTLS]),
];

/** The agent where packages install it. In /usr/bin another agent's program may have its name, and the package may be removed. */
const PROGRAM = '/usr/lib/amphora-agent/amphora-agent.cjs';

/** @param configFile the agent's own, absolute */
export function namespaceFacts(configFile: string): NamespaceFacts {
  return {
    name: NAMESPACE_SERVICE,
    steps: [
      step('the namespace itself', ['/usr/sbin/ip', 'netns', 'add', AMPHORA_NAMESPACE]),
      step('haproxy and its peers talk over lo', [
        '/usr/sbin/ip',
        '-n',
        AMPHORA_NAMESPACE,
        'link',
        'set',
        'lo',
        'up',
      ]),
      ...KERNEL_STEPS,
      step(`the interfaces of ${PLUGGED_INTERFACES}`, [PROGRAM, '--config-file', configFile, 'netns']),
      step('their addresses, routes and rules', [
        PROGRAM,
        '--config-file',
        configFile,
        'interface',
        'up',
        'all',
      ]),
    ],
  };
}
