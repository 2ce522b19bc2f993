#!/bin/bash
# Written by amphora-agent.
haproxy-vrrp-check /var/lib/octavia/lb1.sock /var/lib/octavia/lb2.sock
exit $?
