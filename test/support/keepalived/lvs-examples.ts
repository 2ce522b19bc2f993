/** Ids of the example listener, whose configurations below have the shape of Octavia's template. */
export const LVS = {
  loadBalancer: 'a1000000-0000-4000-8000-000000000001',
  listener: 'a2000000-0000-4000-8000-000000000002',
  pool: 'a3000000-0000-4000-8000-000000000003',
  monitor: 'a4000000-0000-4000-8000-000000000004',
  first: 'a5000000-0000-4000-8000-000000000011',
  second: 'a5000000-0000-4000-8000-000000000012',
  sixth: 'a5000000-0000-4000-8000-000000000016',
  disabled: 'a5000000-0000-4000-8000-000000000019',
} as const;

interface ExampleMember {
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

export const FIRST = { id: LVS.first, address: '10.0.0.99', port: 82 };
export const SECOND = { id: LVS.second, address: '10.0.0.98', port: 82 };
export const SIXTH = { id: LVS.sixth, address: '2001:db8::99', port: 82 };

export interface LvsExample {
  readonly listener?: string;
  readonly protocol?: string;
  readonly vips4?: readonly string[];
  readonly vips6?: readonly string[];
  readonly members?: readonly ExampleMember[];
  readonly isMonitored?: boolean;
  readonly isPoolDisabled?: boolean;
}

/** Returns a configuration as a controller uploads it; by default with one VIP, two monitored members and a disabled one. */
export function lvsConfigText(example: LvsExample = {}): string {
  const groups = [
    { name: 'ipv4-group', vips: example.vips4 ?? ['10.0.0.10'], isOwn: (ip: string) => !ip.includes(':') },
    { name: 'ipv6-group', vips: example.vips6 ?? [], isOwn: (ip: string) => ip.includes(':') },
  ];
  return `# Configuration for Loadbalancer ${LVS.loadBalancer}
# Configuration for Listener ${example.listener ?? LVS.listener}

net_namespace amphora-haproxy

${groups
  .filter(({ vips }) => vips.length > 0)
  .map((group) => groupText(example, group))
  .join('\n')}
`;
}

function groupText(
  { protocol = 'UDP', members = [FIRST, SECOND], isMonitored = true, isPoolDisabled = false }: LvsExample,
  group: { name: string; vips: readonly string[]; isOwn: (address: string) => boolean },
): string {
  const monitor = `    # Configuration for HealthMonitor ${LVS.monitor}\n`;
  const pool = isPoolDisabled
    ? `    # Pool ${LVS.pool} is disabled\n`
    : `    # Configuration for Pool ${LVS.pool}\n`;
  const rows = isPoolDisabled ? [] : members.filter(({ address }) => group.isOwn(address));
  const servers = rows.map((member) => serverText(member, isMonitored)).join('\n');
  return `virtual_server_group ${group.name} {
${group.vips.map((vip) => `    ${vip} 53`).join('\n')}
}

virtual_server group ${group.name} {
    lb_algo wrr
    lb_kind NAT
    protocol ${protocol}
${isMonitored ? '    delay_loop 30\n    delay_before_retry 30\n    retry 3\n' : ''}

${pool}${isMonitored ? monitor : ''}${servers}
    # Member ${LVS.disabled} is disabled
}
`;
}

const serverText = ({ id, address, port }: ExampleMember, isMonitored: boolean): string =>
  `    # Configuration for Member ${id}
    real_server ${address} ${port} {
        weight 13
        uthreshold 98
${isMonitored ? checkText(address, port) : ''}
    }
`;

const checkText = (address: string, port: number): string => `        MISC_CHECK {
            misc_path "/var/lib/octavia/lvs/check/udp_check.sh ${address} ${port}"
            misc_timeout 31
        }`;

/** /proc/net/ip_vs of a kernel that serves the example on an IPv4 and an IPv6 VIP, beside a service of another program. */
export const IPVS_FILE = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
UDP  0A00000A:0035 wrr  
  -> 0A000063:0052      Masq    13     5          7         
  -> 0A000062:0052      Masq    0      2          0         
UDP  0A00000B:0035 sh   persistent 33 FFFF0000
  -> 0A000063:0052      Masq    13     1          0         
SCTP 0A00000A:0035 wrr  
  -> 0A000063:0052      Masq    1      900        0         
FWM  00000007 wrr  
  -> 0A000063:0052      Masq    1      900        0         
UDP  [2001:0db8:0000:0000:0000:0000:0000:0010]:0035 wrr  
  -> [2001:0db8:0000:0000:0000:0000:0000:0099]:0052      Masq    1      3          0         
`;

/** `ipvsadm -Ln` of the same kernel. */
export const IPVSADM = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
UDP  10.0.0.10:53 wrr
  -> 10.0.0.98:82                 Masq    0      2          0         
  -> 10.0.0.99:82                 Masq    13     5          7         
UDP  10.0.0.11:53 sh persistent 33 mask 255.255.0.0
  -> 10.0.0.99:82                 Masq    13     1          0         
SCTP 10.0.0.10:53 wrr
  -> 10.0.0.99:82                 Masq    1      900        0         
FWM  7 wrr
  -> 10.0.0.99:82                 Masq    1      900        0         
UDP  [2001:db8::10]:53 wrr
  -> [2001:db8::99]:82            Masq    1      3          0         
`;

/** `ipvsadm -Ln --stats --exact` of the same kernel. */
export const IPVSADM_STATS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  10.0.0.10:53              12345678901    66666    55555 777777777777 888888888888
  -> 10.0.0.98:82                        0        0        0        0        0
  -> 10.0.0.99:82              12345678901    66666    55555 777777777777 888888888888
UDP  10.0.0.11:53                       10       20       30      400      500
  -> 10.0.0.99:82                       10       20       30      400      500
SCTP 10.0.0.10:53                  9999999  9999999  9999999  9999999  9999999
  -> 10.0.0.99:82                  9999999  9999999  9999999  9999999  9999999
FWM  7                             9999999  9999999  9999999  9999999  9999999
  -> 10.0.0.99:82                  9999999  9999999  9999999  9999999  9999999
UDP  [2001:db8::10]:53                   1        2        3       40       50
  -> [2001:db8::99]:82                   1        2        3       40       50
`;

/** Any of these three outputs for a kernel that has IPVS and no virtual service. */
export const IPVS_EMPTY = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`;
