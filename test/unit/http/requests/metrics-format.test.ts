import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { CONTENT_TYPES } from '../../../../src/domain/metrics/metrics-format.ts';
import type { Host } from '../../../../src/host/host.ts';
import { createTestApp } from '../../../support/http/test-app.ts';

/** An amphora without a load balancer. */
const host = { files: { list: async () => [] } } as unknown as Host;
const app = createTestApp({ host }, '[amphora_agent]\nagent_member_metrics = True\n');

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

describe('the format of metrics', () => {
  it.each([
    ['of Prometheus 2', PROMETHEUS_2, 'openmetrics'],
    ['of Prometheus 3', PROMETHEUS_3, 'openmetrics'],
    ['of curl', '*/*', 'openmetrics'],
    ['of a client that knows the old format only', 'text/plain;version=0.0.4', 'prometheus'],
    ['of a client that wants text', 'text/plain', 'prometheus'],
    ['that prefers the old format', 'text/plain, application/openmetrics-text;q=0.5', 'prometheus'],
    ['that names no format of metrics', 'application/json', 'openmetrics'],
  ] as const)('follows the Accept header %s', async (_name, accept, format) => {
    const { status, headers } = await request(app).get('/metrics/members').set('Accept', accept);
    expect([status, headers['content-type']]).toEqual([200, CONTENT_TYPES[format]]);
  });
});
