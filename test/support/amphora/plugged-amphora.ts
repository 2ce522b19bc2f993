import { type LoadBalancer, plugVipBody } from '../../../sandbox/controller/load-balancer.ts';
import { labLoadBalancer, ownVrrpAddress } from '../haproxy/load-balancer.ts';
import {
  type AmphoraLab,
  type AmphoraLabOptions,
  first,
  type LabAmphora,
  startAmphoraLab,
} from './amphora-lab.ts';
import { type Ask, askAmphora } from './api.ts';

/** A lab whose first amphora has the VIP of a load balancer plugged, before anything is uploaded. */
export interface PluggedAmphora {
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly ask: Ask;
  readonly balancer: LoadBalancer;
  readonly vip: string;
}

export async function startPluggedAmphora(options: AmphoraLabOptions = {}): Promise<PluggedAmphora> {
  const world = await startAmphoraLab(options);
  const amphora = first(world.amphorae);
  const ask = askAmphora(world, amphora);
  const balancer = labLoadBalancer(world);
  const vip = first(balancer.vips).address;
  const { macAddress } = await amphora.plugNic('vip');
  const plugged = await ask('POST', `/1.0/plug/vip/${vip}`, {
    json: plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) }),
  });
  if (plugged.status !== 202) throw new Error(`the VIP is not plugged: ${plugged.status} ${plugged.body}`);
  return { world, amphora, ask, balancer, vip };
}
