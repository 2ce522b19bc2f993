#!/bin/bash
# Written by amphora-agent. keepalived runs this script. Its exit code is the sum of all checks' exit codes (255 at most).
status=0
for check in /var/lib/octavia/vrrp/check_scripts/*; do
  [ -f "$check" ] || continue
  /bin/bash "$check"
  status=$((status + $?))
done
exit "$((status > 255 ? 255 : status))"
