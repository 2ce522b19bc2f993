import { peerName } from '../../src/domain/haproxy/haproxy-text.ts';

/** A VIP and its subnet. */
export interface Vip {
  readonly address: string;
  readonly cidr: string;
  readonly gateway: string | null;
}

/** The data of one HTTP load balancer from which a controller makes its uploads. */
export interface LoadBalancer {
  readonly id: string;
  readonly listenerId: string;
  readonly poolId: string;
  /** port of the listener */
  readonly port: number;
  /** the first is the VIP, the others are additional VIPs */
  readonly vips: readonly [Vip, ...Vip[]];
  /** all amphorae of the load balancer, with their addresses on the VIP's network */
  readonly amphorae: readonly { readonly id: string; readonly vrrpAddress: string }[];
  readonly members: readonly { readonly id: string; readonly address: string; readonly port: number }[];
}

const PEER_PORT = 1025;
/** The connection limit. Controllers write 50000, for which ordinary users have too few file descriptors. */
const MAX_CONNECTIONS = 1000;
const BASE_PATH = '/var/lib/octavia';

/** Returns the body of plug/vip for one amphora. */
export function plugVipBody(
  loadBalancer: LoadBalancer,
  port: { readonly macAddress: string; readonly vrrpAddress: string },
): object {
  const [vip, ...additional] = loadBalancer.vips;
  return {
    subnet_cidr: vip.cidr,
    gateway: vip.gateway,
    mac_address: port.macAddress,
    vrrp_ip: port.vrrpAddress,
    mtu: 1450,
    host_routes: [],
    additional_vips: additional.map(({ address, cidr, gateway }) => ({
      ip_address: address,
      subnet_cidr: cidr,
      gateway,
      host_routes: [],
    })),
  };
}

/** Returns haproxy.cfg as a controller of API 1.0 uploads it (names: docs/contract.md, sections 5 and 9). */
export function haproxyConfigText(loadBalancer: LoadBalancer): string {
  const { id, listenerId, poolId } = loadBalancer;
  const pool = `${poolId}:${listenerId}`;
  const peers = `${id.replaceAll('-', '')}_peers`;
  const peerLines = loadBalancer.amphorae.map(
    (amphora) => `    peer ${peerName(amphora.id)} ${amphora.vrrpAddress}:${PEER_PORT}`,
  );
  const bindLines = loadBalancer.vips.map(({ address }) => `    bind ${address}:${loadBalancer.port}`);
  const memberLines = loadBalancer.members.map(
    (member) =>
      `    server ${member.id} ${member.address}:${member.port} weight 1 check inter 1s fall 3 rise 2`,
  );
  return `# Configuration for loadbalancer ${id}
global
    daemon
    user nobody
    log /run/rsyslog/octavia/log local0
    log /run/rsyslog/octavia/log local1 notice
    stats socket ${BASE_PATH}/${id}.sock mode 0666 level user
    server-state-file ${BASE_PATH}/${id}/servers-state
    maxconn ${MAX_CONNECTIONS}

defaults
    no log
    retries 3
    option redispatch
    option splice-request
    option splice-response
    option http-keep-alive

peers ${peers}
${peerLines.join('\n')}

frontend ${listenerId}
    maxconn ${MAX_CONNECTIONS}
${bindLines.join('\n')}
    mode http
    default_backend ${pool}
    timeout client 50000

backend ${pool}
    mode http
    balance roundrobin
    timeout check 1s
    option httpchk
    http-check send meth GET uri /health
    http-check expect status 200
    load-server-state-from-file global
    fullconn 50000
    option allbackups
    timeout connect 5000
    timeout server 50000
${memberLines.join('\n')}
`;
}

export interface VrrpRole {
  readonly amphoraId: string;
  readonly state: 'MASTER' | 'BACKUP';
  readonly priority: number;
  /** seconds between advertisements */
  readonly advertisementInterval: number;
}

/** Returns octavia-keepalived.conf of one amphora: unicast VRRP, the check script, the VIPs with their source routing. */
export function keepalivedConfigText(loadBalancer: LoadBalancer, role: VrrpRole): string {
  const own = loadBalancer.amphorae.find(({ id }) => id === role.amphoraId);
  if (own === undefined)
    throw new Error(`amphora ${role.amphoraId} is not of load balancer ${loadBalancer.id}`);
  const peers = loadBalancer.amphorae.filter((amphora) => amphora !== own);
  const [first, ...others] = loadBalancer.vips;
  const addressLines = (vips: readonly Vip[]): string[] =>
    vips.map(({ address }) => `        ${address} dev eth1`);
  return `global_defs {
    router_id ${role.amphoraId}
}
vrrp_script check_script {
    script ${BASE_PATH}/vrrp/check_script.sh
    interval 5
    fall 2
    rise 2
}

vrrp_instance ${loadBalancer.id.replaceAll('-', '')} {
    state ${role.state}
    interface eth1
    virtual_router_id 1
    priority ${role.priority}
    accept
    garp_master_refresh 5
    garp_master_refresh_repeat 2
    advert_int ${role.advertisementInterval}
    authentication {
        auth_type PASS
        auth_pass sandbox1
    }
    unicast_src_ip ${own.vrrpAddress}
    unicast_peer {
${peers.map(({ vrrpAddress }) => `        ${vrrpAddress}`).join('\n')}
    }
    virtual_ipaddress {
${addressLines([first]).join('\n')}
    }
${others.length === 0 ? '' : `    virtual_ipaddress_excluded {\n${addressLines(others).join('\n')}\n    }\n`}    virtual_routes {
${loadBalancer.vips.flatMap(routeLines).join('\n')}
    }
    virtual_rules {
${loadBalancer.vips.map(ruleLine).join('\n')}
    }
    track_script {
        check_script
    }
}
`;
}

const routeLines = ({ address, cidr, gateway }: Vip): string[] => [
  `        ${cidr} dev eth1 src ${address} scope link table 1`,
  ...(gateway === null ? [] : [`        default via ${gateway} dev eth1 onlink table 1`]),
];

const ruleLine = ({ address }: Vip): string =>
  `        from ${address}/${address.includes(':') ? 128 : 32} table 1 priority 100`;
