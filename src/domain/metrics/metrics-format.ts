/** The text formats of metrics: OpenMetrics 1.0, and Prometheus' own format, version 0.0.4. */
export type MetricsFormat = 'openmetrics' | 'prometheus';

/** The content type of each format. */
export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

/** Names of both formats in an Accept header, OpenMetrics first: it is what a client gets that accepts anything. */
export const METRICS_TYPES = [
  'application/openmetrics-text; version=1.0.0',
  'application/openmetrics-text; version=0.0.1',
  'application/openmetrics-text',
  'text/plain; version=0.0.4',
  'text/plain',
] as const;

/** Returns the format of a name of METRICS_TYPES. */
export const metricsFormatOf = (type: string | false): MetricsFormat =>
  type !== false && type.startsWith('text/') ? 'prometheus' : 'openmetrics';
