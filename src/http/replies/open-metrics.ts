import type { OpenMetricsContentType } from 'prom-client';
import type { MetricFamily } from '../../domain/metrics/metric-family.ts';
import type { Reply } from './replies.ts';

/** Returns metrics as an answer in the text format of OpenMetrics 1.0. The library is loaded with the first one. */
export async function openMetrics(families: readonly MetricFamily[]): Promise<Reply> {
  const { Registry } = await import('prom-client');
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name, help, type, samples } of families) {
    const values = samples.map((sample) => ({
      labels: { ...sample.labels },
      value: sample.value,
      ...(sample.name === undefined ? {} : { metricName: sample.name }),
    }));
    const metric = { name, help, type, values, aggregator: 'sum' };
    registry.registerMetric({ ...metric, get: async () => metric } as never);
  }
  const body = Buffer.from(await registry.metrics());
  return { status: 200, body, contentType: registry.contentType };
}
