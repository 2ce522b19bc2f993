# Starts the agent as soon as it has a valid configuration. The script that includes this defines start_unit and restart_unit.
AGENT=/usr/lib/amphora-agent/amphora-agent.cjs
CONFIG=/etc/octavia/amphora-agent.conf
# The agent writes the units of an amphora. The units of the distribution's packages would start without a configuration.
FOREIGN_UNITS='haproxy.service keepalived.service ipvsadm.service'
OTHER_AGENT=octavia-agent.service
START_SECONDS=90

make_directories() {
  mkdir -p /etc/octavia/interfaces
  [ -d /etc/octavia/certs ] || mkdir -m 0700 /etc/octavia/certs
}

disable_foreign_units() {
  for unit in $FOREIGN_UNITS; do
    [ -e "/usr/lib/systemd/system/$unit" ] || [ -e "/lib/systemd/system/$unit" ] || [ -e "/etc/init.d/${unit%.service}" ] || continue
    command -v systemctl >/dev/null || continue
    try systemctl --quiet disable "$unit"
    [ ! -d /run/systemd/system ] || try systemctl stop "$unit"
  done
}

# @param the version that was configured before; empty at the first installation
apply_settings() {
  for unit in systemd-modules-load systemd-sysctl; do try systemctl restart "$unit.service"; done
  [ -z "$1" ] || return 0
  # for the limits of the journal, and for the socket to which haproxy logs
  try systemctl restart systemd-journald.service
  if systemctl --quiet is-active rsyslog.service; then try systemctl restart rsyslog.service; fi
}

# True also before the agent is ready, which systemctl is-active is not.
agent_runs() { [ "$(systemctl show --value --property=MainPID amphora-agent.service)" != 0 ]; }

start_agent() {
  start_unit prometheus-proxy.socket
  # a proxy that runs has the program of before. Its socket keeps what arrives meanwhile.
  try systemctl try-restart prometheus-proxy.service
  if [ ! -e "$CONFIG" ]; then
    start_unit amphora-agent.path
    return
  fi
  if ! faults=$("$AGENT" check-config "$CONFIG" 2>&1); then
    say 'the agent cannot start with its configuration:'
    echo "$faults" >&2
    if agent_runs || systemctl --quiet is-active "$OTHER_AGENT"; then
      say "the agent that runs goes on. Once the configuration is right: systemctl restart amphora-agent.service"
    else
      say 'it starts by itself once the configuration is right'
      start_unit amphora-agent.path
    fi
    return
  fi
  # The two units conflict, so systemd stops octavia-agent before it starts this agent.
  restart_unit amphora-agent.service ||
    say 'amphora-agent.service is not ready yet. What it waits for: journalctl -u amphora-agent.service'
  start_unit amphora-agent.path
}
