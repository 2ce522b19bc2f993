import { randomUUID } from 'node:crypto';
import type { LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { type AmphoraLab, first } from '../amphora/amphora-lab.ts';

const FIRST_VRRP_HOST = 11;

/** Returns a new load balancer over all members of a lab. @param vipHost host number of its VIP on the VIP network */
export function labLoadBalancer(world: AmphoraLab, vipHost = 100): LoadBalancer {
  const { vip } = world.lab.networks;
  return {
    id: randomUUID(),
    listenerId: randomUUID(),
    poolId: randomUUID(),
    port: 80,
    vips: [{ address: vip.host(vipHost), cidr: vip.cidr, gateway: vip.gateway }],
    amphorae: world.amphorae.map(({ id }, index) => ({ id, vrrpAddress: vip.host(FIRST_VRRP_HOST + index) })),
    members: world.members.map(({ address }) => ({ id: randomUUID(), address, port: 80 })),
  };
}

/** Returns the VRRP address of the first amphora of a load balancer. */
export const ownVrrpAddress = (loadBalancer: LoadBalancer): string =>
  first(loadBalancer.amphorae).vrrpAddress;
