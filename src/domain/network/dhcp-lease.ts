/**
 * The script that a DHCP client runs when its lease changes. It reads the variables of dhclient-script(8), which dhcpcd sets
 * too, and those of busybox's udhcpc. The scripts of the distributions remove every address of the interface, including the
 * VIP. This script changes only addresses with a lifetime. It doesn't touch name servers, time servers and the default
 * route, because an amphora must not take these from a member network.
 */
export const LEASE_SCRIPT = `#!/bin/sh
# Written by amphora-agent.
event=\${reason:-$1}
address=\${new_ip_address:-$ip}
mask=\${new_subnet_mask:-\${subnet:-255.255.255.255}}
lease=\${new_dhcp_lease_time:-$lease}

# Classless static routes (RFC 3442) as "DESTINATION GATEWAY" lines; dhclient gives their octets.
routes() {
  set -- $staticroutes $new_classless_static_routes
  while [ $# -ge 2 ]; do echo "$1 $2"; shift 2; done
  set -- $new_rfc3442_classless_static_routes
  while [ $# -ge 5 ]; do
    length=$1 octets=$((($1 + 7) / 8)) destination= count=0
    shift
    while [ $count -lt 4 ]; do
      if [ $count -lt $octets ]; then destination="$destination.$1"; shift; else destination="$destination.0"; fi
      count=$((count + 1))
    done
    [ $# -ge 4 ] || return
    echo "\${destination#.}/$length $1.$2.$3.$4"
    shift 4
  done
}

case $event in
  bound | renew | BOUND | RENEW | REBIND | REBOOT | TIMEOUT)
    ip -4 -oneline address show dev "$interface" dynamic | while read -r _ _ _ other _; do
      [ "\${other%/*}" = "$address" ] || ip -4 address del "$other" dev "$interface"
    done
    ip -4 address replace "$address/$mask" dev "$interface" valid_lft "\${lease:-forever}" preferred_lft "\${lease:-forever}"
    routes | while read -r destination gateway; do
      case $destination in */0 | default) continue ;; esac
      [ "$gateway" = 0.0.0.0 ] || ip -4 route replace "$destination" via "$gateway" dev "$interface" onlink proto dhcp
    done
    ;;
  # not deconfig, with which udhcpc begins: an address from an earlier client is good until its own lifetime ends
  EXPIRE | FAIL | RELEASE | STOP) ip -4 address flush dev "$interface" dynamic ;;
esac
exit 0
`;

/** dhclient.conf(5): requests only the options that the script uses, and goes to the background after at most 20 s. */
export const DHCLIENT_CONFIG = `timeout 20;
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
request subnet-mask, broadcast-address, rfc3442-classless-static-routes;
`;

/** dhcpcd.conf(5): requests leases and runs the script, but configures nothing itself. */
export const DHCPCD_CONFIG = `ipv4only
noipv4ll
noarp
nodelay
noconfigure
option subnet_mask, broadcast_address, classless_static_routes
`;
