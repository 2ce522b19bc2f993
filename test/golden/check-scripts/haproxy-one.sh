#!/bin/bash
# Written by amphora-agent.
PATH=/var/lib/octavia/bin:$PATH
haproxy-vrrp-check /var/lib/octavia/lb2.sock
status=$?
[ "$status" -ge 126 ] || exit "$status"
# The check can't be run (126, 127), which alone is no reason to give the VIP up: each haproxy's socket has to listen.
for socket in /var/lib/octavia/lb2.sock; do
  state=
  while read -r _ _ _ flags _ _ _ path; do
    # haproxy binds a name that begins so, and renames it
    if [[ $flags == 00010000 && $path == "$socket"* ]]; then state=listens; fi
  done </proc/net/unix
  [ "$state" = listens ] || exit 1
done
exit 0
