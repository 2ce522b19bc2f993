#!/bin/bash
# Written by amphora-agent.
PATH=/var/lib/octavia/bin:$PATH
haproxy-vrrp-check /var/lib/octavia/lb2.sock
status=$?
[ "$status" -ge 126 ] || exit "$status"
# The check program can't run (126, 127). That alone must not move the VIP: check that each haproxy's socket listens.
for socket in /var/lib/octavia/lb2.sock; do
  state=
  while read -r _ _ _ flags _ _ _ path; do
    # haproxy binds a name that begins with this path, and then renames the socket
    if [[ $flags == 00010000 && $path == "$socket"* ]]; then state=listens; fi
  done </proc/net/unix
  [ "$state" = listens ] || exit 1
done
exit 0
