import type { ControllerAddress } from './controller-list.ts';
import {
  boolean,
  choice,
  controllerList,
  directory,
  file,
  freeText,
  integer,
  interval,
  ipAddress,
  minimumTlsVersion,
  type OptionType,
  optionalFile,
  port,
  program,
  secondsOrNone,
  syslogFacility,
  uuid,
} from './option-types.ts';

/** The default of an option that must be in the file. */
export const REQUIRED = Symbol('required');

/** One option of the configuration file. */
export interface Option<Value> {
  /** sections in which the option is looked up, in this order */
  readonly sections: readonly [string, ...string[]];
  readonly name: string;
  readonly type: OptionType<Value>;
  readonly default: Value | typeof REQUIRED;
  /** whether a new value takes effect without a restart of the agent */
  readonly mutable: boolean;
  /** whether the value must never appear in a message */
  readonly secret: boolean;
}

type Flag = 'mutable' | 'secret';

function option<Value>(
  section: string | readonly [string, ...string[]],
  name: string,
  type: OptionType<Value>,
  preset: NoInfer<Value> | typeof REQUIRED,
  ...flags: readonly Flag[]
): Option<Value> {
  return {
    sections: typeof section === 'string' ? [section] : section,
    name,
    type,
    default: preset,
    mutable: flags.includes('mutable'),
    secret: flags.includes('secret'),
  };
}

/** The upper bound of the cache: haproxy stores its number of blocks in a signed 32-bit integer. */
const MOST_TLS_CACHE_MIB = 500_000;

/** The sections of the log facilities. Octavia registers both options in amphora_agent, where its controllers write them. */
const LOGGING = ['amphora_agent', 'haproxy_amphora'] as const;

/**
 * Every option that the agent reads (docs/contract.md, section 1). The Python agent doesn't have the last eleven rows,
 * haproxy_hard_stop_after and haproxy_tls_cache_limit.
 */
export const OPTIONS = {
  debug: option('DEFAULT', 'debug', boolean, false),
  useSyslog: option('DEFAULT', 'use_syslog', boolean, false),
  syslogLogFacility: option('DEFAULT', 'syslog_log_facility', syslogFacility, 'LOG_USER'),
  basePath: option('haproxy_amphora', 'base_path', directory, '/var/lib/octavia'),
  baseCertDir: option('haproxy_amphora', 'base_cert_dir', directory, '/var/lib/octavia/certs'),
  bindHost: option('haproxy_amphora', 'bind_host', ipAddress, '::'),
  bindPort: option('haproxy_amphora', 'bind_port', port, 9443),
  haproxyCmd: option('haproxy_amphora', 'haproxy_cmd', program, '/usr/sbin/haproxy'),
  haproxyHardStopAfter: option('haproxy_amphora', 'haproxy_hard_stop_after', secondsOrNone, 0),
  /** MiB */
  haproxyTlsCacheLimit: option(
    'haproxy_amphora',
    'haproxy_tls_cache_limit',
    integer(0, MOST_TLS_CACHE_MIB),
    512,
    'mutable',
  ),
  userLogFacility: option(LOGGING, 'user_log_facility', integer(0, 7), 0),
  administrativeLogFacility: option(LOGGING, 'administrative_log_facility', integer(0, 7), 1),
  controllers: option(
    'health_manager',
    'controller_ip_port_list',
    controllerList,
    Object.freeze([]),
    'mutable',
  ),
  heartbeatInterval: option('health_manager', 'heartbeat_interval', interval, 10, 'mutable'),
  heartbeatKey: option('health_manager', 'heartbeat_key', freeText, undefined, 'mutable', 'secret'),
  agentServerCa: option('amphora_agent', 'agent_server_ca', file, '/etc/octavia/certs/client_ca.pem'),
  agentServerCert: option('amphora_agent', 'agent_server_cert', file, '/etc/octavia/certs/server.pem'),
  agentServerNetworkDir: option(
    'amphora_agent',
    'agent_server_network_dir',
    directory,
    '/etc/octavia/interfaces/',
  ),
  requestReadTimeout: option('amphora_agent', 'agent_request_read_timeout', secondsOrNone, 180),
  minTlsVersion: option('amphora_agent', 'agent_tls_protocol', minimumTlsVersion, 'TLSv1.2'),
  amphoraId: option('amphora_agent', 'amphora_id', uuid, REQUIRED),
  topology: option(
    'controller_worker',
    'loadbalancer_topology',
    choice('SINGLE', 'ACTIVE_STANDBY'),
    'SINGLE',
  ),
  serviceManager: option('amphora_agent', 'service_manager', choice('auto', 'systemd', 'supervisor'), 'auto'),
  interfaceFileFormat: option('amphora_agent', 'interface_file_format', choice('json', 'eni'), 'json'),
  heartbeatVersion: option(
    'health_manager',
    'heartbeat_version',
    choice('auto', '1', '3'),
    'auto',
    'mutable',
  ),
  agentClientCrl: option('amphora_agent', 'agent_client_crl', optionalFile, undefined),
  agentMonitorCa: option('amphora_agent', 'agent_monitor_ca', optionalFile, undefined),
  agentMemberMetrics: option('amphora_agent', 'agent_member_metrics', boolean, false, 'mutable'),
  runtimeChanges: option('haproxy_amphora', 'runtime_changes', choice('auto', 'off'), 'auto', 'mutable'),
  rejectUnsafeConfig: option('amphora_agent', 'reject_unsafe_config', boolean, false, 'mutable'),
  drift: option('amphora_agent', 'drift', choice('off', 'report', 'repair'), 'report', 'mutable'),
  /** seconds */
  driftInterval: option('amphora_agent', 'drift_interval', integer(10, 3600), 60, 'mutable'),
  /** Octavia's controllers replace the configuration file by a text without this option, so its default is the key of the image. */
  upgradePublicKey: option(
    'amphora_agent',
    'upgrade_public_key',
    optionalFile,
    '/etc/octavia/upgrade.pem',
    'mutable',
  ),
  /** seconds */
  upgradeDeadline: option('amphora_agent', 'upgrade_deadline', integer(10, 3600), 30, 'mutable'),
};

export type OptionKey = keyof typeof OPTIONS;
type ValueOf<Row> = Row extends Option<infer Value> ? Value : never;

/** The checked configuration, with one property for each row of OPTIONS. Always frozen. */
export type AgentConfig = { readonly [Key in OptionKey]: ValueOf<(typeof OPTIONS)[Key]> };

/** The keys of OPTIONS, in the order of the table. */
export const OPTION_KEYS = Object.keys(OPTIONS).filter((key): key is OptionKey =>
  Object.hasOwn(OPTIONS, key),
);

export type { ControllerAddress };
