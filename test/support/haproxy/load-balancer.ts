import { randomUUID } from 'node:crypto';
import type { LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { type AmphoraLab, first } from '../amphora/amphora-lab.ts';

const FIRST_VRRP_HOST = 11;

/** A load balancer over all members of a lab. @param vipHost host number of its VIP on the VIP network */
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

/** The address that the lab's first amphora has of its own on the VIP network. */
export const ownVrrpAddress = (loadBalancer: LoadBalancer): string =>
  first(loadBalancer.amphorae).vrrpAddress;
