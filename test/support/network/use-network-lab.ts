import { afterEach, beforeEach } from 'vitest';
import { liveObject } from '../fixture.ts';
import { createNetworkLab, type NetworkLab, type NetworkLabOptions } from './network-lab.ts';

/** The network lab of the test that runs. */
export interface UsedNetworkLab {
  readonly lab: NetworkLab;
  /** Replaces the lab by one with other options. Call it before the lab is used. */
  readonly startWith: (options: NetworkLabOptions) => void;
}

/** Gives each test a network lab of its own, and closes it after the test. */
export function useNetworkLab(): UsedNetworkLab {
  let lab: NetworkLab | undefined;
  beforeEach(() => {
    lab = createNetworkLab();
  });
  afterEach(() => lab?.close());
  return {
    lab: liveObject(() => lab),
    startWith(options) {
      lab = createNetworkLab(options);
    },
  };
}
