import { labelText, type ObjectMetric } from './exposition-text.ts';
import type { MemberFacts } from './member-facts.ts';

/** Returns the labels of a member. */
export const memberLabels = ({ loadBalancer, listener, pool, member }: MemberFacts): string =>
  labelText({ loadbalancer: loadBalancer, listener, pool, member });

type MemberMetric = ObjectMetric<MemberFacts>;

const gauge = (
  name: string,
  help: string,
  measured: (member: MemberFacts) => number | undefined,
): MemberMetric => ({
  ...{ name: `amphora_agent_member_${name}`, help, type: 'gauge' },
  each(member, sample) {
    const value = measured(member);
    if (value !== undefined) sample(value);
  },
});

const ERROR_KINDS = ['connection', 'response', 'check'] as const;
const ERROR_LABELS = { connection: 'kind="connection"', response: 'kind="response"', check: 'kind="check"' };

/** The metrics of members. What nothing measures has no sample. */
export const MEMBER_METRICS: readonly MemberMetric[] = [
  {
    name: 'amphora_agent_member_state',
    help: 'State of a member, as in heartbeats; the value is always 1.',
    type: 'gauge',
    each: ({ state }, sample) => sample(1, labelText({ state })),
  },
  gauge('weight', 'Weight in use.', ({ weight }) => weight),
  gauge('sessions', 'Open sessions.', ({ sessions }) => sessions),
  gauge('queue', 'Requests that wait for a connection to the member.', ({ queue }) => queue),
  gauge('check_duration_seconds', 'Duration of the last health check.', ({ checkSeconds }) => checkSeconds),
  gauge(
    'state_age_seconds',
    'Seconds since the last change between up and down.',
    ({ stateAgeSeconds }) => stateAgeSeconds,
  ),
  {
    name: 'amphora_agent_member_errors',
    help: 'Failed connections, failed answers and failed health checks.',
    type: 'counter',
    each({ errors }, sample) {
      for (const kind of ERROR_KINDS) {
        const count = errors[kind];
        if (count !== undefined) sample(count, ERROR_LABELS[kind]);
      }
    },
  },
];
