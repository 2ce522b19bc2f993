import { z } from 'zod';
import { crossChecked } from './cross-checks.ts';
import { parseModel } from './faults.ts';
import { listener } from './listener.ts';
import { pool } from './pool.ts';
import { withPools } from './pool-references.ts';
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

/** What a configuration has to know of the amphorae (contract section 11). */
const amphora = z.object({
  topology: withDefault(oneOf(['SINGLE', 'ACTIVE_STANDBY']), 'SINGLE'),
  /** every amphora of the load balancer, this one too */
  peers: listOf(z.object({ amphora_id: uuid, vrrp_ip: hostAddress })),
  peer_port: withDefault(port, 1025),
});
export type AmphoraModel = z.output<typeof amphora>;

const vips = {
  vip_address: hostAddress,
  additional_vips: listOf(z.object({ ip_address: hostAddress })),
};
const amphoraOrSingle = amphora
  .nullish()
  .transform((given): AmphoraModel => given ?? { topology: 'SINGLE', peers: [], peer_port: 1025 });

const pools = listOf(pool);

const loadBalancer = z.object({
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
/** A load balancer with every default filled in. Names and meanings are octavia-lib's. */
export type LoadBalancerModel = z.output<typeof loadBalancer>;

export const loadBalancerDocument = loadBalancer.transform(withPools).superRefine(crossChecked);

/**
 * One listener is a load balancer with nothing else in it; its pools may stand beside it.
 * Its load balancer's id and project may be missing.
 */
export const listenerDocument = listener
  .extend({ ...vips, pools, amphora: amphoraOrSingle })
  .transform(
    ({ vip_address, additional_vips, pools: beside, amphora: amphorae, ...given }): LoadBalancerModel => ({
      loadbalancer_id: given.loadbalancer_id ?? given.listener_id,
      name: undefined,
      description: undefined,
      project_id: given.project_id,
      vip_network_id: undefined,
      vip_port_id: undefined,
      vip_subnet_id: undefined,
      vip_qos_policy_id: undefined,
      admin_state_up: true,
      vip_address,
      additional_vips,
      listeners: [given],
      pools: beside,
      amphora: amphorae,
    }),
  )
  .transform(withPools)
  .superRefine(crossChecked);

/**
 * Reads a load balancer as octavia-lib's provider drivers see it: `LoadBalancer.to_dict(recurse=True)` and `amphora`
 * (contract section 11). Unknown keys are ignored.
 * @throws InvalidInput 'request': a line a fault, with its path in the document
 */
export const parseLoadBalancerModel = (json: unknown): LoadBalancerModel =>
  parseModel(loadBalancerDocument, json);

/**
 * Reads one listener with `vip_address` and `amphora` beside it (contract section 11), and, where they aren't inside
 * it, `pools`.
 * @returns a load balancer of that one listener
 * @throws InvalidInput 'request': a line a fault, with its path in the document
 */
export const parseListenerModel = (json: unknown): LoadBalancerModel =>
  parseModel(listenerDocument, json, (path) => (path[0] === 'listeners' ? path.slice(2) : path));
