import { crossChecked } from './checks/cross-checks.ts';
import { withPools } from './checks/pool-references.ts';
import { parseModel } from './faults.ts';
import { listener } from './listener.ts';
import { amphoraOrSingle, type LoadBalancerModel, loadBalancer, pools, vips } from './load-balancer.ts';

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
