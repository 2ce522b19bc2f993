#!/bin/bash
# Written by amphora-agent.
PATH=/var/lib/octavia/bin:$PATH
haproxy-vrrp-check /var/lib/octavia/lb1.sock /var/lib/octavia/lb2.sock
exit $?
