import { labelValue, type ObjectMetric, type ObjectSample } from './exposition-text.ts';
import type { MemberFacts } from './member-facts.ts';

/**
 * Creates a function that returns the labels that identify a member. A member may be in several pools, and a pool behind
 * several listeners, so it takes all three. It makes the labels of a pool once for members that follow each other.
 */
export function createMemberLabels(): (member: MemberFacts) => string {
  let [last, text]: [MemberFacts | undefined, string] = [undefined, ''];
  return (facts) => {
    const { listener, pool, member } = facts;
    if (last?.pool !== pool || last.listener !== listener)
      text = `listener="${labelValue(listener)}",pool="${labelValue(pool)}",member="`;
    last = facts;
    return `${text}${labelValue(member)}"`;
  };
}

/** The same for the labels of the state alone. */
function createStateLabels(): (member: MemberFacts) => string {
  let [last, text]: [MemberFacts | undefined, string] = [undefined, ''];
  return (facts) => {
    const { loadBalancer, state } = facts;
    if (last?.state !== state || last.loadBalancer !== loadBalancer)
      text = `loadbalancer="${labelValue(loadBalancer)}",state="${labelValue(state)}",`;
    last = facts;
    return text;
  };
}

type MemberMetric = ObjectMetric<MemberFacts>;
type Value = ObjectSample<MemberFacts>['value'];

const gauge = (name: string, help: string, value: Value): MemberMetric => ({
  ...{ name: `amphora_agent_member_${name}`, help, type: 'gauge', samples: [{ value }] },
});

const errors = (kind: string, value: Value): ObjectSample<MemberFacts> => ({
  labels: `kind="${kind}",`,
  value,
});

/**
 * Creates the metrics of members for one answer. What nothing measures has no sample. The state alone names the load balancer:
 * 2 000 members have 16 000 other samples, and a third of the time of a scrape goes into sending them.
 */
export const createMemberMetrics = (): readonly MemberMetric[] => [
  {
    name: 'amphora_agent_member_state',
    help: 'State of a member, as in heartbeats; the value is always 1.',
    type: 'gauge',
    samples: [{ labelsOf: createStateLabels(), value: () => '1' }],
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
    samples: [
      errors('connection', ({ connectionErrors }) => connectionErrors),
      errors('response', ({ responseErrors }) => responseErrors),
      errors('check', ({ checkErrors }) => checkErrors),
    ],
  },
];
