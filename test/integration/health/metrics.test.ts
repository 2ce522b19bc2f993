import { beforeAll, describe, expect, it, vi } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { CONTENT_TYPES, type MetricsFormat } from '../../../src/domain/metrics/metrics-format.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { readDocument, sectionOf } from '../../support/documents/documents.ts';
import { readExposition, sampleKeys } from '../../support/monitoring/exposition.ts';

describe('GET /metrics', () => {
  const { amphora, ask, must, balancer } = usePluggedAmphora();

  const scrape = async (): Promise<string> => (await must('GET', '/metrics')).body;
  /** the value of a sample, whose labels begin like this */
  const value = (text: string, sample: string): number | undefined => {
    const line = text.split('\n').find((one) => one.startsWith(sample));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };

  beforeAll(async () => {
    const text = haproxyConfigText(balancer);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    // A master answers some milliseconds after its start. A reload is needed while it doesn't.
    const socket = `UNIX-CONNECT:/var/lib/octavia/${balancer.id}/master.sock`;
    const askWorker = () => amphora.exec(['socat', '-t5', '-', socket], { input: '@1 show info\n' });
    await vi.waitFor(async () => expect((await askWorker()).stdout).toContain('Pid: '), { timeout: 60_000 });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: text.replace('retries 3', 'retries 2'),
    });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    await ask('GET', '/nowhere');
  });

  it('is in the format of OpenMetrics', async () => {
    const { headers, body } = await must('GET', '/metrics');
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body.endsWith('\n# EOF\n')).toBe(true);
  });

  it('has the same samples in both formats, each by the rules of its format', async () => {
    const read = async (accept: string, format: MetricsFormat) => {
      const { body, headers } = await must('GET', '/metrics', { headers: { Accept: accept } });
      expect(headers['content-type']).toBe(CONTENT_TYPES[format]);
      return readExposition(body, format);
    };
    // the first scrape has no sample of its own request
    await scrape();
    const open = await read('application/openmetrics-text;version=1.0.0', 'openmetrics');
    const plain = await read('text/plain;version=0.0.4', 'prometheus');
    expect([open.faults, plain.faults]).toEqual([[], []]);
    expect(open.samples.length).toBeGreaterThan(50);
    expect(sampleKeys(plain)).toEqual(sampleKeys(open));
  });

  it('counts requests by route, method and status', async () => {
    const text = await scrape();
    expect(
      value(
        text,
        'amphora_agent_requests_total{route="/1.0/loadbalancer/:id/:action",method="PUT",status="202"}',
      ),
    ).toBe(3);
    expect(value(text, 'amphora_agent_requests_total{route="unknown",method="GET",status="404"}')).toBe(1);
    const name =
      'amphora_agent_request_duration_seconds_count{route="/1.0/loadbalancer/:id/:action",method="PUT"}';
    expect(value(text, name)).toBe(3);
  });

  it('counts reloads that were avoided and those that were needed', async () => {
    const text = await scrape();
    expect(value(text, 'amphora_agent_reloads_avoided_total{kind="identical"}')).toBe(1);
    expect(value(text, 'amphora_agent_reloads_needed_total{reason="other lines"}')).toBe(1);
    expect(value(text, 'amphora_agent_reload_duration_seconds_count{result="done"}')).toBe(1);
  });

  it('has the heartbeats, the certificates and the draining workers', async () => {
    await expect
      .poll(async () => value(await scrape(), 'amphora_agent_heartbeats_total{result="sent"}'))
      .toBeGreaterThan(1);
    const text = await scrape();
    expect(value(text, 'amphora_agent_heartbeat_bytes_total')).toBeGreaterThan(100);
    const lateness = value(text, 'amphora_agent_heartbeat_lateness_seconds');
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(value(text, 'amphora_agent_heartbeat_lateness_max_seconds')).toBeGreaterThanOrEqual(
      lateness ?? NaN,
    );
    expect(value(text, 'amphora_agent_certificate_expiry_timestamp_seconds{file=')).toBeGreaterThan(
      Date.now() / 1000,
    );
    expect(value(text, `amphora_agent_draining_workers{loadbalancer="${balancer.id}"}`)).toBeDefined();
  });

  it('measures the event loop at each scrape', async () => {
    const [before, after] = [await scrape(), await scrape()];
    const [worked, more] = [before, after].map((text) =>
      value(text, 'amphora_agent_event_loop_active_seconds_total'),
    );
    expect(more).toBeGreaterThan(worked ?? NaN);
    expect(value(after, 'amphora_agent_event_loop_delay_seconds')).toBeGreaterThan(0);
  });

  it('has exactly the metrics that docs/metrics.md names', async () => {
    const chapter = sectionOf(readDocument('docs/metrics.md'), 'Metrics of the agent');
    const documented = [...chapter.matchAll(/^\| (`amphora_agent_.+?`) \| \w+ \|/gm)].flatMap(
      ([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    const served = [...(await scrape()).matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(served.toSorted()).toEqual(documented.toSorted());
  });
});
