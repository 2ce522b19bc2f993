import type { WantedState } from '../wanted-state.ts';

/** What the service manager says of a service that does not answer, and what its controller ordered. */
export interface StoppedFacts {
  readonly status: 'activating' | 'inactive' | 'failed';
  /** whether its start waits for another service */
  readonly isStartQueued: boolean;
  /** undefined: nothing is noted */
  readonly wanted: WantedState | undefined;
}

/** How a service that should run does not. */
export interface StoppedService {
  readonly seen: string;
  /** whether a repair may start it: not while its service manager itself tries to */
  readonly isStartable: boolean;
}

const RETRIED: StoppedService = {
  seen: 'does not run: the service manager tries to start it again',
  isStartable: false,
};

/** @returns undefined when the service is as its controller ordered, or when nothing shows that it should run */
export function stoppedService({ status, isStartQueued, wanted }: StoppedFacts): StoppedService | undefined {
  switch (status) {
    case 'activating':
      return RETRIED;
    case 'inactive':
      if (wanted !== 'running') return undefined;
      return isStartQueued
        ? RETRIED
        : { seen: 'stopped, and its controller did not order it', isStartable: true };
    case 'failed':
      // a kill of the agent during a stop may leave it so
      return wanted === 'stopped' ? undefined : { seen: 'does not run', isStartable: true };
  }
}
