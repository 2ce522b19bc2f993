/** A metric of haproxy's exporter under the name that users of a load balancer see. */
export interface OctaviaMetric {
  readonly name: string;
  /** help text that replaces haproxy's, when haproxy's own names objects that users don't know */
  readonly help: string | undefined;
  /** Octavia's label name for each of haproxy's */
  readonly labels: Readonly<Record<string, string>>;
}

/** Metrics that share a prefix of haproxy's name and a prefix of Octavia's name. */
interface Scope {
  readonly haproxy: string;
  readonly octavia: string;
  readonly labels: Readonly<Record<string, string>>;
  /** names that stay unchanged, separated by blanks */
  readonly kept: string;
  readonly renamed?: Readonly<Record<string, string>>;
  /** help texts by haproxy's name */
  readonly help: Readonly<Record<string, string>>;
}

const SCOPES: readonly Scope[] = [
  {
    haproxy: 'haproxy_process_pool_',
    octavia: 'octavia_memory_pool_',
    labels: {},
    kept: `
      allocated_bytes used_bytes failures_total
    `,
    help: {
      allocated_bytes: 'Memory that the load balancer has set aside in its pools, in bytes.',
      used_bytes: 'Memory of the pools that the load balancer is using, in bytes.',
      failures_total: 'Times that the pools could give the load balancer no memory.',
    },
  },
  {
    haproxy: 'haproxy_process_',
    octavia: 'octavia_loadbalancer_',
    labels: {},
    kept: `
      max_connections current_connections connections_total requests_total max_ssl_connections
      current_ssl_connections ssl_connections_total current_connection_rate limit_connection_rate
      max_connection_rate current_session_rate limit_session_rate max_session_rate current_ssl_rate
      limit_ssl_rate max_ssl_rate current_frontend_ssl_key_rate max_frontend_ssl_key_rate
      frontend_ssl_reuse current_backend_ssl_key_rate max_backend_ssl_key_rate ssl_cache_lookups_total
      ssl_cache_misses_total http_comp_bytes_in_total http_comp_bytes_out_total limit_http_comp
      listeners dropped_logs_total
    `,
    help: {
      current_ssl_connections: 'TLS connections that are open, to clients and to members.',
    },
  },
  {
    haproxy: 'haproxy_frontend_',
    octavia: 'octavia_listener_',
    labels: { proxy: 'listener' },
    kept: `
      status current_sessions max_sessions limit_sessions sessions_total limit_session_rate
      max_session_rate connections_rate_max connections_total bytes_in_total bytes_out_total
      requests_denied_total responses_denied_total request_errors_total denied_connections_total
      denied_sessions_total failed_header_rewriting_total http_requests_rate_max http_requests_total
      http_responses_total intercepted_requests_total http_cache_lookups_total http_cache_hits_total
      http_comp_bytes_in_total http_comp_bytes_out_total http_comp_bytes_bypassed_total
      http_comp_responses_total
    `,
    help: {
      status: 'Status of the listener: 1 for the state that it is in, 0 for the others.',
      denied_connections_total: 'Connections that the listener turned away.',
      denied_sessions_total: 'Sessions that the listener turned away.',
      failed_header_rewriting_total: 'HTTP headers that the listener could not rewrite.',
    },
  },
  {
    haproxy: 'haproxy_backend_',
    octavia: 'octavia_pool_',
    labels: { proxy: 'pool' },
    kept: `
      status current_sessions max_sessions limit_sessions sessions_total max_session_rate
      last_session_seconds current_queue max_queue connection_attempts_total connection_reuses_total
      bytes_in_total bytes_out_total queue_time_average_seconds connect_time_average_seconds
      response_time_average_seconds total_time_average_seconds max_queue_time_seconds
      max_connect_time_seconds max_response_time_seconds max_total_time_seconds requests_denied_total
      responses_denied_total connection_errors_total response_errors_total retry_warnings_total
      redispatch_warnings_total failed_header_rewriting_total client_aborts_total check_up_down_total
      check_last_change_seconds downtime_seconds_total loadbalanced_total http_requests_total
      http_responses_total http_cache_lookups_total http_cache_hits_total http_comp_bytes_in_total
      http_comp_bytes_out_total http_comp_bytes_bypassed_total http_comp_responses_total
    `,
    renamed: {
      server_aborts_total: 'member_aborts_total',
      active_servers: 'active_members',
      backup_servers: 'backup_members',
    },
    help: {
      status: 'Status of the pool: 1 for the state that it is in, 0 for the others.',
      last_session_seconds: 'Seconds since the pool last had traffic.',
      max_response_time_seconds: 'Longest wait for a response of a member of the pool, in seconds.',
      server_aborts_total: 'Transfers that members of the pool broke off.',
      active_servers: 'Members of the pool that are up and take traffic.',
      backup_servers: 'Backup members of the pool that are up.',
      downtime_seconds_total: 'Seconds that the pool has been down in all.',
      loadbalanced_total: 'Times that the balancing algorithm of the pool chose a member.',
    },
  },
  {
    haproxy: 'haproxy_server_',
    octavia: 'octavia_member_',
    labels: { proxy: 'pool', server: 'member' },
    kept: `
      status current_sessions max_sessions limit_sessions sessions_total max_session_rate
      last_session_seconds current_queue max_queue queue_limit bytes_in_total bytes_out_total
      queue_time_average_seconds connect_time_average_seconds response_time_average_seconds
      total_time_average_seconds max_queue_time_seconds max_connect_time_seconds
      max_response_time_seconds max_total_time_seconds connection_attempts_total
      connection_reuses_total responses_denied_total connection_errors_total response_errors_total
      retry_warnings_total redispatch_warnings_total failed_header_rewriting_total client_aborts_total
      server_aborts_total weight check_failures_total check_up_down_total downtime_seconds_total
      check_last_change_seconds current_throttle loadbalanced_total http_responses_total
      idle_connections_current idle_connections_limit
    `,
    help: {
      status: 'Status of the member: 1 for the state that it is in, 0 for the others.',
      last_session_seconds: 'Seconds since the member last had traffic.',
      queue_limit: 'Connections that may wait for the member at most.',
      max_response_time_seconds: 'Longest wait for a response of the member, in seconds.',
      weight: 'Weight of the member in its pool.',
      check_failures_total: 'Health checks that the member failed.',
      downtime_seconds_total: 'Seconds that the member has been down in all.',
      current_throttle: 'Share of its weight that a member gets while it starts slowly, in per cent.',
      loadbalanced_total: 'Times that the balancing algorithm chose the member.',
    },
  },
];

/** The metrics that users see, by haproxy's names. Users have no use for haproxy's other metrics. */
export const OCTAVIA_METRICS: ReadonlyMap<string, OctaviaMetric> = new Map(SCOPES.flatMap(metricsOf));

function metricsOf({ haproxy, octavia, labels, kept, renamed, help }: Scope): [string, OctaviaMetric][] {
  const names = [
    ...kept
      .trim()
      .split(/\s+/)
      .map((name) => [name, name] as const),
    ...Object.entries(renamed ?? {}),
  ];
  return names.map(([from, to]) => [haproxy + from, { name: octavia + to, help: help[from], labels }]);
}
