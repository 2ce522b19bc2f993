/** The settings that a controller gives a new amphora. */
export interface AgentSettings {
  readonly amphoraId: string;
  readonly topology: Topology;
  readonly bindHost: string;
  readonly bindPort: number;
  /** `address:port` of each health manager */
  readonly healthManagers: readonly string[];
  readonly heartbeatKey: string;
  /** interval in seconds */
  readonly heartbeatInterval: number;
}

export type Topology = 'SINGLE' | 'ACTIVE_STANDBY';

/** The base_path of an amphora. Controllers and images expect this directory. */
export const AGENT_BASE_PATH = '/var/lib/octavia';
export const AGENT_CONFIG_FILE = '/etc/octavia/amphora-agent.conf';
export const CLIENT_CA_FILE = '/etc/octavia/certs/client_ca.pem';
export const SERVER_CERTIFICATE_FILE = '/etc/octavia/certs/server.pem';

/** Returns the text of amphora-agent.conf. TLS session caches are small: amphorae share the memory of one machine. */
export function agentConfigText(settings: AgentSettings): string {
  return `[DEFAULT]
debug = False
use_syslog = False

[haproxy_amphora]
base_path = ${AGENT_BASE_PATH}
base_cert_dir = ${AGENT_BASE_PATH}/certs
bind_host = ${settings.bindHost}
bind_port = ${settings.bindPort}
haproxy_cmd = /usr/sbin/haproxy
haproxy_tls_cache_limit = 0
user_log_facility = 0
administrative_log_facility = 1

[health_manager]
controller_ip_port_list = ${settings.healthManagers.join(', ')}
heartbeat_interval = ${settings.heartbeatInterval}
heartbeat_key = ${settings.heartbeatKey}

[amphora_agent]
agent_server_ca = ${CLIENT_CA_FILE}
agent_server_cert = ${SERVER_CERTIFICATE_FILE}
agent_server_network_dir = /etc/octavia/interfaces/
agent_request_read_timeout = 180
agent_tls_protocol = TLSv1.2
amphora_id = ${settings.amphoraId}
amphora_udp_driver = keepalived_lvs

[controller_worker]
loadbalancer_topology = ${settings.topology}
`;
}
