import { z } from 'zod';
import { pool } from './checked-pool.ts';
import { listener } from './listener.ts';
import {
  adminStateUp,
  hostAddress,
  listOf,
  oneOf,
  optional,
  port,
  text,
  uuid,
  withDefault,
} from './scalars.ts';

/** The facts about the amphorae that a configuration needs (docs/contract.md, section 11). */
const amphora = z.object({
  topology: withDefault(oneOf(['SINGLE', 'ACTIVE_STANDBY']), 'SINGLE'),
  /** every amphora of the load balancer, including this one */
  peers: listOf(z.object({ amphora_id: uuid, vrrp_ip: hostAddress })),
  peer_port: withDefault(port, 1025),
});
export type AmphoraModel = z.output<typeof amphora>;

/** Fields of a load balancer that the document of a single listener has too. */
export const vips = {
  vip_address: hostAddress,
  additional_vips: listOf(z.object({ ip_address: hostAddress })),
};
export const amphoraOrSingle = amphora
  .nullish()
  .transform((given): AmphoraModel => given ?? { topology: 'SINGLE', peers: [], peer_port: 1025 });

export const pools = listOf(pool);

export const loadBalancer = z.object({
  loadbalancer_id: uuid,
  name: optional(z.string()),
  description: optional(z.string()),
  project_id: optional(text),
  vip_network_id: optional(z.string()),
  vip_port_id: optional(z.string()),
  vip_subnet_id: optional(z.string()),
  vip_qos_policy_id: optional(z.string()),
  admin_state_up: adminStateUp,
  ...vips,
  listeners: listOf(listener),
  pools,
  amphora: amphoraOrSingle,
});
/** A load balancer with all defaults filled in. Names and meanings are octavia-lib's. */
export type LoadBalancerModel = z.output<typeof loadBalancer>;
