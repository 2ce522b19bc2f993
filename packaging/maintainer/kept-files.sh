# Keeps the files that haproxy, keepalived and a reboot need after the package is removed.
LIBRARY=/usr/lib/amphora-agent
KEPT=/usr/lib/amphora-agent.kept
KEPT_LIST=$LIBRARY/kept-files
UNIT_DIRECTORY=/usr/lib/systemd/system

# Makes hard links if possible, because Node alone has 100 MB.
put_aside() {
  cp --archive --link --parents "$1" "$KEPT" 2>/dev/null || cp --archive --parents "$1" "$KEPT"
}

put_back() {
  [ -d "$KEPT" ] || return 0
  mkdir -p "$LIBRARY"
  (cd "$KEPT" && find . ! -type d) | sed 's,^\.,,' | while read -r file; do
    # keeps a file that another package has restored
    if is_there "$file"; then continue; fi
    mkdir -p "$(dirname "$file")"
    mv "$KEPT$file" "$file"
    echo "$file" >>"$KEPT_LIST"
  done
  rm -rf "$KEPT"
}

remove_kept_files() {
  if [ -e "$KEPT_LIST" ]; then
    while read -r file; do rm -f "$file"; done <"$KEPT_LIST"
  fi
  rm -rf "$LIBRARY" "$KEPT" "$UNIT_DIRECTORY/amphora-netns.service"
  rmdir "$UNIT_DIRECTORY/logrotate.service.d" "$UNIT_DIRECTORY/logrotate.timer.d" 2>/dev/null || true
}
