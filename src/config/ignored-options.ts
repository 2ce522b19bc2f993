/**
 * The options of Octavia's controllers and of the Python agent that this agent ignores without a warning. A controller may
 * write them into an amphora's configuration, so they are no mistake of the operator. The names are those that
 * `oslo-config-generator --namespace octavia --namespace oslo.log` of Octavia 11 prints, and newer ones that an amphora's
 * configuration can have.
 */
export const IGNORED_OPTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  DEFAULT:
    names(`config_source default_log_levels fatal_deprecations host instance_format instance_uuid_format
    log_color log_config_append log_date_format log_dir log_file log_options log_rotate_interval log_rotate_interval_type
    log_rotation_type logging_context_format_string logging_debug_format_suffix logging_default_format_string
    logging_exception_prefix logging_user_identity_format max_logfile_count max_logfile_size_mb octavia_plugins publish_errors
    rate_limit_burst rate_limit_except_level rate_limit_interval rpc_response_timeout transport_url use_eventlog use_journal
    use_json use_stderr verbose watch_log_file`),
  amphora_agent:
    names(`admin_log_targets agent_server_network_file amphora_udp_driver disable_local_log_storage
    forward_all_logs log_protocol log_queue_size log_retry_count log_retry_interval logging_template_override tenant_log_targets`),
  haproxy_amphora:
    names(`active_connection_max_retries active_connection_retry_interval api_db_commit_retry_attempts
    api_db_commit_retry_backoff api_db_commit_retry_initial_delay api_db_commit_retry_max build_active_retries build_rate_limit
    build_retry_interval client_cert connection_logging connection_max_retries connection_retry_interval
    default_connection_limit failover_connection_max_retries failover_connection_retry_interval haproxy_stick_size
    haproxy_template lb_network_interface respawn_count respawn_interval rest_request_conn_timeout rest_request_read_timeout
    server_ca timeout_client_data timeout_member_connect timeout_member_data timeout_tcp_inspect use_upstart user_group
    user_log_format`),
  health_manager:
    names(`bind_ip bind_port failover_threads failover_threshold health_check_interval health_update_driver
    health_update_threads heartbeat_timeout sock_rlimit stats_update_threads`),
  controller_worker:
    names(`amp_active_retries amp_active_wait_sec amp_boot_network_list amp_flavor_id amp_image_owner_id
    amp_image_tag amp_secgroup_list amp_ssh_key_name amp_timezone amphora_delete_retries amphora_delete_retry_interval
    amphora_driver client_ca compute_driver db_commit_retry_attempts distributor_driver event_notifications
    image_driver network_driver statistics_drivers user_data_config_drive volume_driver workers`),
};

/** The sections that only controllers and their libraries read. */
export const IGNORED_SECTIONS: ReadonlySet<string> =
  names(`api_settings audit audit_middleware_notifications certificates cinder
  compute cors database driver_agent glance house_keeping keepalived_vrrp keystone_authtoken networking neutron nova
  oslo_concurrency oslo_messaging oslo_messaging_kafka oslo_messaging_metrics oslo_messaging_notifications oslo_messaging_rabbit
  oslo_middleware oslo_policy oslo_reports quotas service_auth task_flow`);

function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
