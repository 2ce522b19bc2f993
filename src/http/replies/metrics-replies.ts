import { Readable } from 'node:stream';
import type { OpenMetricsContentType, PrometheusContentType } from 'prom-client';
import type { MetricFamily } from '../../domain/metrics/metric-family.ts';
import { CONTENT_TYPES, type MetricsFormat } from '../../domain/metrics/metrics-format.ts';
import { type Reply, StreamedBody } from './replies.ts';

/** Returns metrics as an answer. The library is loaded with the first one. */
export async function metricsReply(families: readonly MetricFamily[], format: MetricsFormat): Promise<Reply> {
  const { Registry } = await import('prom-client');
  const registry = new Registry<OpenMetricsContentType | PrometheusContentType>();
  const isOpenMetrics = format === 'openmetrics';
  registry.setContentType(
    isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
  );
  for (const { name: plainName, help, type, samples } of families) {
    // in OpenMetrics the library appends _total to the samples of a counter
    const name = type === 'counter' && !isOpenMetrics ? `${plainName}_total` : plainName;
    const values = samples.map((sample) => ({
      labels: { ...sample.labels },
      value: sample.value,
      ...(sample.name === undefined ? {} : { metricName: sample.name }),
    }));
    const metric = { name, help, type, values, aggregator: 'sum' };
    registry.registerMetric({ ...metric, get: async () => metric } as never);
  }
  const body = Buffer.from(await registry.metrics());
  return { status: 200, body, contentType: CONTENT_TYPES[format] };
}

/** Returns metrics as an answer that is made while it is sent. @param chunks their text in this format */
export const streamedMetrics = (chunks: Iterable<Buffer>, format: MetricsFormat): Reply => ({
  status: 200,
  body: new StreamedBody({
    contentType: CONTENT_TYPES[format],
    fileName: undefined,
    open: async () => Readable.from(chunks, { objectMode: false }),
    discard: () => undefined,
  }),
});
