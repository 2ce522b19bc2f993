import { exampleId } from '../models/models.ts';
import { becomes, decisionsOf, refuses, takes } from './decision.ts';

const OTHER = exampleId(9);
const NO_HOST = 'not the address of a host';

/** Addresses that a connection may have at one of its ends. */
export const HOST_ADDRESSES = [
  takes('10.0.0.1'),
  becomes('2001:DB8:0::1', '2001:db8::1'),
  becomes('::ffff:10.0.0.1', '10.0.0.1'),
  refuses('web1', 'not an IP address'),
  refuses('010.0.0.1', 'not an IP address'),
  refuses('fe80::1%eth1', 'not an IP address'),
  refuses('fe80::1', NO_HOST),
  refuses('0.0.0.0', NO_HOST),
  refuses('::', NO_HOST),
  refuses('224.0.0.1', NO_HOST),
  refuses('ff02::1', NO_HOST),
  refuses('255.255.255.255', NO_HOST),
] as const;

export const INFORMS = {
  name: ['informs', takes('any ü text\n')],
  description: ['informs', takes('any ü text\n')],
} as const;
export const PROJECT = {
  project_id: ['used', takes('a b'), refuses('a\nb', 'contains a control character')],
} as const;
export const ADMIN_STATE = { admin_state_up: ['chooses', takes(false), becomes(null, true)] } as const;

export const LOAD_BALANCER_DECISIONS = [
  ...decisionsOf('loadBalancer', {
    loadbalancer_id: ['used', takes(OTHER), refuses('x', 'not a UUID')],
    ...INFORMS,
    ...PROJECT,
    vip_network_id: ['informs', takes('n')],
    vip_port_id: ['informs', takes('p')],
    vip_subnet_id: ['informs', takes('s')],
    vip_qos_policy_id: ['informs', takes('q')],
    ...ADMIN_STATE,
    vip_address: ['converted', ...HOST_ADDRESSES],
    additional_vips: ['used', becomes(null, [])],
    listeners: ['used', becomes(null, [])],
    pools: ['used', becomes(null, [], { listeners: [] })],
    amphora: ['used', becomes(null, { topology: 'SINGLE', peers: [], peer_port: 1025 })],
  }),
  ...decisionsOf('vip', { ip_address: ['converted', ...HOST_ADDRESSES] }),
  ...decisionsOf('amphora', {
    topology: ['chooses', takes('ACTIVE_STANDBY'), refuses('PAIR', 'not one of SINGLE, ACTIVE_STANDBY')],
    peers: ['used', becomes(null, [])],
    peer_port: ['used', takes(1026), becomes(null, 1025), refuses(0, 'not a whole number from 1 to 65535')],
  }),
  ...decisionsOf('peer', {
    amphora_id: ['used', takes(OTHER), refuses('x', 'not a UUID')],
    vrrp_ip: ['converted', ...HOST_ADDRESSES],
  }),
];
