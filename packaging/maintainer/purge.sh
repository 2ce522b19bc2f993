# Removes the files that a removal of the package leaves. The script that includes this defines data_is_of_other_agent,
# forget_units, return_settings (called when the purge is refused) and PURGE_COMMAND. That script also includes messages.sh,
# serving.sh and kept-files.sh.
DATA=/var/lib/octavia
SETTINGS=/etc/octavia
NAMESPACE=amphora-haproxy

own_units() {
  for file in "$UNIT_DIRECTORY"/octavia-keepalived.service "$UNIT_DIRECTORY"/octavia-keepalivedlvs-*.service \
    "$UNIT_DIRECTORY"/haproxy-*.service; do
    if [ -e "$file" ]; then basename "$file"; fi
  done
}

remove_services() {
  for unit in $(own_units); do
    if has_systemd; then try systemctl --quiet disable --now "$unit"; fi
    rm -f "$UNIT_DIRECTORY/$unit" "/etc/systemd/system/multi-user.target.wants/$unit"
  done
  if has_systemd; then try systemctl stop prometheus-proxy.socket prometheus-proxy.service amphora-netns.service; fi
  serving | while read -r pid _; do kill "$pid" || true; done
}

remove_data() {
  if data_is_of_other_agent; then
    say "$SETTINGS and $DATA are left: octavia-agent uses them"
    return
  fi
  remove_services
  # a memory disk may be mounted on the directory: removes the keys and keeps the directory
  if [ -d "$DATA/certs" ]; then find "$DATA/certs" -mindepth 1 -delete; fi
  rm -rf "$SETTINGS" /etc/netns/$NAMESPACE
  if mountpoint --quiet "$DATA/certs"; then
    find "$DATA" -mindepth 1 -maxdepth 1 ! -name certs -exec rm -rf {} +
    say "$DATA/certs is left, empty: a file system is mounted there"
  else
    rm -rf "$DATA"
  fi
  if [ -e /run/netns/$NAMESPACE ] && command -v ip >/dev/null; then
    try ip netns delete $NAMESPACE
    say "network namespace $NAMESPACE is removed: its interfaces come back, down"
  fi
  say 'the logs in /var/log are left, and the packages haproxy and keepalived'
}

purge() {
  processes=$(serving)
  if [ -n "$processes" ] && [ "${AMPHORA_AGENT_PURGE:-}" != yes ]; then
    say 'load balancers run, and nothing of theirs is removed:'
    echo "$processes" | sed 's/^/  process /' >&2
    return_settings
    say 'stop them and purge again; to end them and remove all: AMPHORA_AGENT_PURGE=yes '"$PURGE_COMMAND"
    exit 1
  fi
  remove_data
  remove_kept_files
  forget_units
  if has_systemd; then systemctl daemon-reload; fi
}
