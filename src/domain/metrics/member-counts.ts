import type { Sample } from './metric-family.ts';

/** The states of a member, as in heartbeats, that a load balancer has a sample for even when no member has it. */
const USUAL_STATES = ['UP', 'DOWN', 'DRAIN', 'MAINT', 'no check'] as const;
/** that of a UDP or SCTP member while keepalived adds it to the kernel */
const RESTARTING = 'RESTARTING';
const OTHER = 'other';
const KNOWN: ReadonlySet<string> = new Set([...USUAL_STATES, RESTARTING]);

/** Counts members by load balancer and state. States that no list names are counted together, which bounds the samples. */
export interface MemberCounts {
  /** Makes samples for a load balancer, also when it turns out to have no member. */
  begin(loadBalancer: string): void;
  /** Counts a member of a load balancer that has begun. @param state without the count of checks */
  add(loadBalancer: string, state: string): void;
  samples(): Sample[];
}

export function createMemberCounts(): MemberCounts {
  const counts = new Map<string, Map<string, number>>();
  return {
    begin(loadBalancer) {
      if (!counts.has(loadBalancer))
        counts.set(loadBalancer, new Map(USUAL_STATES.map((state) => [state, 0])));
    },
    add(loadBalancer, state) {
      const own = counts.get(loadBalancer);
      const counted = KNOWN.has(state) ? state : OTHER;
      own?.set(counted, (own.get(counted) ?? 0) + 1);
    },
    samples: () =>
      [...counts].flatMap(([loadbalancer, own]) =>
        [...own].map(([state, value]) => ({ labels: { loadbalancer, state }, value })),
      ),
  };
}
