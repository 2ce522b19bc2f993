import { type AmphoraHealth, readiness } from '../../domain/health/readiness.ts';
import type { MetricFamily, Sample } from '../../domain/metrics/metric-family.ts';
import type { OperationContext } from '../context.ts';
import { amphoraHealth } from './readiness.ts';

type HealthContext = Pick<
  OperationContext,
  'config' | 'configFile' | 'paths' | 'host' | 'heartbeat' | 'recent' | 'drift' | 'logger'
>;

/** The longest time until a haproxy answers. A scrape has some seconds for everything. */
const ANSWER_MS = 1000;

/** Returns what decides whether the amphora is ready, as metrics. A part that can't be read has no samples. */
export async function healthMetrics(context: HealthContext): Promise<MetricFamily[]> {
  const now = new Date();
  const health = await amphoraHealth(context, ANSWER_MS);
  return [
    gauge('ready', 'Whether the amphora is ready: 1 or 0.', [
      { value: flag(readiness(health, now).reasons.length === 0) },
    ]),
    gauge(
      'loadbalancer_state',
      'State of the haproxy of a load balancer; the value is always 1.',
      health.haproxys.map(({ id, state }) => ({ labels: { loadbalancer: id, state }, value: 1 })),
    ),
    gauge('interface_up', 'Whether a plugged interface is there and up: 1 or 0.', interfaceSamples(health)),
    gauge(
      'keepalived_up',
      'Whether a configured keepalived runs: 1 or 0.',
      health.keepalived === 'runs' || health.keepalived === 'down'
        ? [{ value: flag(health.keepalived === 'runs') }]
        : [],
    ),
    gauge(
      'last_upgrade',
      'Result of the last upgrade; the value is always 1.',
      health.upgrade === undefined
        ? []
        : [{ labels: { result: health.upgrade.result ?? 'under way' }, value: 1 }],
    ),
  ];
}

const flag = (is: boolean): number => (is ? 1 : 0);

const gauge = (name: string, help: string, samples: readonly Sample[]): MetricFamily => ({
  name: `amphora_agent_${name}`,
  ...{ help, type: 'gauge', samples },
});

function interfaceSamples({ interfaces = [], missingInterfaces, downInterfaces }: AmphoraHealth): Sample[] {
  const bad = new Set([...missingInterfaces, ...downInterfaces]);
  return interfaces.map(({ name }) => ({ labels: { interface: name }, value: flag(!bad.has(name)) }));
}
