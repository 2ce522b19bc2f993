import { labelValue, type ObjectMetric, type ObjectSample } from './exposition-text.ts';
import type { MemberFacts } from './member-facts.ts';

/** Creates a function that returns the labels of a member. It makes those of a pool once for members that follow each other. */
export function createMemberLabels(): (member: MemberFacts) => string {
  let [last, text]: [MemberFacts | undefined, string] = [undefined, ''];
  return (facts) => {
    const { loadBalancer, listener, pool, member } = facts;
    if (last?.pool !== pool || last.listener !== listener || last.loadBalancer !== loadBalancer)
      text = `loadbalancer="${labelValue(loadBalancer)}",listener="${labelValue(listener)}",pool="${labelValue(pool)}",member="`;
    last = facts;
    return `${text}${labelValue(member)}"`;
  };
}

type MemberMetric = ObjectMetric<MemberFacts>;
type Measured = ObjectSample<MemberFacts>['measured'];

const gauge = (name: string, help: string, measured: Measured): MemberMetric => ({
  ...{ name: `amphora_agent_member_${name}`, help, type: 'gauge' },
  samples: [{ measured, endOf: (value) => `} ${value}` }],
});

const errors = (kind: string, measured: Measured): ObjectSample<MemberFacts> => ({
  measured,
  endOf: (value) => `,kind="${kind}"} ${value}`,
});

/** The metrics of members. What nothing measures has no sample. */
export const MEMBER_METRICS: readonly MemberMetric[] = [
  {
    name: 'amphora_agent_member_state',
    help: 'State of a member, as in heartbeats; the value is always 1.',
    type: 'gauge',
    samples: [{ measured: ({ state }) => state, endOf: (state) => `,state="${labelValue(`${state}`)}"} 1` }],
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
      errors('connection', (member) => member.errors.connection),
      errors('response', (member) => member.errors.response),
      errors('check', (member) => member.errors.check),
    ],
  },
];
