#!/bin/bash
# Written by amphora-agent. Fails when a keepalived of a UDP or SCTP listener has crashed. A keepalived that stops normally
# removes its pid file.
for file in /var/lib/octavia/lvs/octavia-keepalivedlvs-*.pid; do
  case $file in *.vrrp.pid | *.check.pid) continue ;; esac
  pid= name=
  read -r pid 2>/dev/null <"$file" || [ -n "$pid" ] || continue
  read -r name 2>/dev/null <"/proc/$pid/comm"
  [ "$name" = keepalived ] || exit 1
done
exit 0
