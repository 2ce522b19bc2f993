import {
  exampleId,
  LISTENER,
  listenerJson,
  loadBalancerJson,
  MEMBER,
  memberJson,
  POOL,
  poolJson,
} from '../models/models.ts';

type Fields = Readonly<Record<string, unknown>>;

export const MONITOR = exampleId(5);
export { LISTENER, MEMBER, POOL };

/** Returns a VIP of the first subnet for the VRRP model. */
export const vip4 = (fields: Fields = {}): Fields => ({
  ip_address: '10.0.1.100',
  subnet_cidr: '10.0.1.0/24',
  gateway: '10.0.1.1',
  ...fields,
});
export const vip6 = (fields: Fields = {}): Fields => ({
  ip_address: '2001:db8:1::100',
  subnet_cidr: '2001:db8:1::/64',
  gateway: '2001:db8:1::1',
  ...fields,
});

/** The body of PUT vrrp/upload for the first amphora of a pair with one VIP. */
export const vrrpJson = (fields: Fields = {}): Fields => ({
  instance: '10000000000040008000000000000000',
  interface: 'eth1',
  virtual_router_id: 1,
  priority: 100,
  advert_int: 1,
  auth_type: 'PASS',
  auth_pass: 'secret',
  unicast_src_ip: '10.0.1.11',
  unicast_peers: ['10.0.1.12'],
  vips: [vip4()],
  ...fields,
});

export const monitorJson = (type: string, fields: Fields = {}): Fields => ({
  healthmonitor_id: MONITOR,
  type,
  delay: 30,
  timeout: 31,
  max_retries: 2,
  max_retries_down: 3,
  ...fields,
});

export const lvsPoolJson = (fields: Fields = {}): Fields =>
  poolJson({
    protocol: 'UDP',
    members: [memberJson({ address: '10.0.0.99', protocol_port: 82 })],
    ...fields,
  });

/** Returns a load balancer with one UDP listener. @param pool changes of a pool with a single member */
export const lvsJson = (pool: Fields = {}, listener: Fields = {}, fields: Fields = {}): Fields =>
  loadBalancerJson({
    vip_address: '10.0.0.10',
    listeners: [
      listenerJson({
        protocol: 'UDP',
        protocol_port: 53,
        connection_limit: null,
        default_pool: lvsPoolJson(pool),
        ...listener,
      }),
    ],
    ...fields,
  });
