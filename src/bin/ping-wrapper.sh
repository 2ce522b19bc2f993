#!/bin/sh
# The external check of PING health monitors. haproxy passes the member's address in the environment, and sets no PATH.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
case $HAPROXY_SERVER_ADDR in
  *:*) family=-6 ;;
  *) family=-4 ;;
esac
exec ping "$family" -q -n -w 1 -c 1 "$HAPROXY_SERVER_ADDR" >/dev/null 2>&1
