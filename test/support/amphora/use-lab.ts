import type { LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { fixture, liveObject } from '../fixture.ts';
import { labLoadBalancer } from '../haproxy/load-balancer.ts';
import {
  type AmphoraLab,
  type AmphoraLabOptions,
  first,
  type LabAmphora,
  startAmphoraLab,
} from './amphora-lab.ts';
import { type Ask, askAmphora, insisting } from './api.ts';
import { type FaultLab, startFaultLab } from './fault-lab.ts';
import { startPluggedAmphora } from './plugged-amphora.ts';

/** The objects of a lab which hooks and tests use. */
export interface UsedLab {
  readonly world: AmphoraLab;
  /** the first amphora */
  readonly amphora: LabAmphora;
  /** sends a request to the first amphora */
  readonly ask: Ask;
  /** as `ask`; throws unless the status is below 300 */
  readonly must: Ask;
  /** a load balancer over all members, of which nothing is uploaded yet */
  readonly balancer: LoadBalancer;
  /** the first VIP of the load balancer */
  readonly vip: () => string;
}

type Started = Pick<UsedLab, 'world' | 'balancer'>;

const closeLab = ({ world }: Pick<UsedLab, 'world'>): Promise<void> => world.close();

/** Starts a lab before the tests of a file or describe block, and closes it after them. */
export function useAmphoraLab(options: AmphoraLabOptions = {}): UsedLab {
  return parts(
    fixture(async () => {
      const world = await startAmphoraLab(options);
      return { world, balancer: labLoadBalancer(world) };
    }, closeLab),
  );
}

/** As `useAmphoraLab`, with the VIP of the load balancer plugged into the first amphora. */
export const usePluggedAmphora = (options: AmphoraLabOptions = {}): UsedLab =>
  parts(fixture(() => startPluggedAmphora(options), closeLab));

/** Starts an amphora with two load balancers that serve before the tests, and closes its lab after them. */
export const useFaultLab = (options: AmphoraLabOptions = {}): FaultLab =>
  fixture(() => startFaultLab(options), closeLab);

function parts(started: Started): UsedLab {
  const world = liveObject(() => started.world);
  const amphora = liveObject(() => first(started.world.amphorae));
  const balancer = liveObject(() => started.balancer);
  const ask = askAmphora(world, amphora);
  return {
    world,
    amphora,
    balancer,
    ask,
    must: insisting(ask),
    vip: () => first(balancer.vips).address,
  };
}
