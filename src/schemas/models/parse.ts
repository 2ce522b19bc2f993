import { crossChecked } from './checks/cross-checks.ts';
import { withPools } from './checks/pool-references.ts';
import { parseModel } from './faults.ts';
import { listener } from './listener.ts';
import { amphoraOrSingle, type LoadBalancerModel, loadBalancer, pools, vips } from './load-balancer.ts';

export const loadBalancerDocument = loadBalancer.transform(withPools).superRefine(crossChecked);

/**
 * The document of one listener. It describes a load balancer that has only this listener. The document may contain the
 * listener's pools. The id and the project of the load balancer may be missing.
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
 * Parses a load balancer in the form of octavia-lib's provider drivers, `LoadBalancer.to_dict(recurse=True)`, plus `amphora`
 * (docs/contract.md, section 11). Unknown keys are ignored.
 * @throws InvalidInput 'request': one line per fault, with its path in the document
 */
export const parseLoadBalancerModel = (json: unknown): LoadBalancerModel =>
  parseModel(loadBalancerDocument, json);

/**
 * Parses a listener with `vip_address` and `amphora` in the same object and, when they aren't inside the listener, `pools`
 * (docs/contract.md, section 11).
 * @returns a load balancer with that listener
 * @throws InvalidInput 'request': one line per fault, with its path in the document
 */
export const parseListenerModel = (json: unknown): LoadBalancerModel =>
  parseModel(listenerDocument, json, (path) => (path[0] === 'listeners' ? path.slice(2) : path));
