import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { labLoadBalancer } from '../haproxy/load-balancer.ts';
import {
  type AmphoraLab,
  type AmphoraLabOptions,
  first,
  type LabAmphora,
  startAmphoraLab,
} from './amphora-lab.ts';
import { type ApiAnswer, type Ask, askAmphora } from './api.ts';

/** An amphora with two load balancers that serve: a fault affects one, the other must go on. */
export interface FaultLab {
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly ask: Ask;
  readonly steady: LoadBalancer;
  readonly troubled: LoadBalancer;
  /** Uploads a configuration of a load balancer that differs from others by the number. */
  upload(balancer: LoadBalancer, retries: number): Promise<ApiAnswer>;
  act(balancer: LoadBalancer, action: 'start' | 'stop' | 'reload'): Promise<ApiAnswer>;
  /** Waits for a heartbeat in which the listeners of these load balancers are OPEN, without other listeners. */
  beatOf(...balancers: readonly LoadBalancer[]): Promise<void>;
}

/** The value of `retries` in the running configurations. */
export const FIRST_RETRIES = 3;

export async function startFaultLab(options: AmphoraLabOptions = {}): Promise<FaultLab> {
  const world = await startAmphoraLab({ members: 1, heartbeatInterval: 0.5, ...options });
  const amphora = first(world.amphorae);
  const ask = askAmphora(world, amphora);
  const [steady, troubled] = [labLoadBalancer(world, 100), labLoadBalancer(world, 101)];
  const lab: FaultLab = {
    world,
    amphora,
    ask,
    steady,
    troubled,
    upload: (balancer, retries) =>
      ask('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
        text: haproxyConfigText(balancer).replace(/retries \d+/, `retries ${retries}`),
      }),
    act: (balancer, action) => ask('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`),
    async beatOf(...balancers) {
      const expected = balancers.map(({ listenerId }) => `${listenerId} OPEN`).sort();
      const isExpected = ({ listeners }: { listeners: Record<string, { status: string }> }): boolean =>
        Object.entries(listeners)
          .map(([id, { status }]) => `${id} ${status}`)
          .sort()
          .join() === expected.join();
      await world.healthManager.next(isExpected);
    },
  };
  for (const balancer of [steady, troubled]) {
    for (const answer of [await lab.upload(balancer, FIRST_RETRIES), await lab.act(balancer, 'start')]) {
      if (answer.status !== 202) throw new Error(answer.body);
    }
  }
  await lab.beatOf(steady, troubled);
  return lab;
}
