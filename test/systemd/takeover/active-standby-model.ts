import { randomUUID } from 'node:crypto';
import type { AmphoraMachine } from './amphora-machine.ts';

const MTU = 1450;

/** An ACTIVE_STANDBY load balancer over the members of a machine, with the bodies that plug the machine's NICs. */
export function activeStandbyModel({ lab, id, members }: Pick<AmphoraMachine, 'lab' | 'id' | 'members'>) {
  const { vip: vipNetwork, member: memberNetwork } = lab.networks;
  const vip = vipNetwork.host(100);
  const vrrpAddress = vipNetwork.host(11);
  const model = {
    load_balancer: randomUUID(),
    listener: randomUUID(),
    pool: randomUUID(),
    health_monitor: randomUUID(),
    topology: 'ACTIVE_STANDBY',
    vip,
    subnet_cidr: vipNetwork.cidr,
    gateway: vipNetwork.gateway,
    own: id,
    amphorae: [
      { id, vrrp_ip: vrrpAddress, role: 'MASTER', priority: 100 },
      { id: randomUUID(), vrrp_ip: vipNetwork.host(12), role: 'BACKUP', priority: 90 },
    ],
    members: members.map(({ address }) => ({ id: randomUUID(), address, port: 80 })),
  };
  return {
    model,
    vip,
    vrrpAddress,
    vipPort: (macAddress: string) => ({
      mac_address: macAddress,
      subnet_cidr: vipNetwork.cidr,
      gateway: vipNetwork.gateway,
      vrrp_ip: vrrpAddress,
      mtu: MTU,
      host_routes: [],
    }),
    /** @param hosts host numbers of the addresses on the member network */
    networkPort: (macAddress: string, hosts: readonly number[]) => ({
      mac_address: macAddress,
      fixed_ips: hosts.map((host) => ({
        ip_address: memberNetwork.host(host),
        subnet_cidr: memberNetwork.cidr,
        gateway: memberNetwork.gateway,
        host_routes: [],
      })),
      mtu: MTU,
    }),
  };
}
