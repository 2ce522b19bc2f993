import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMetricsTranslator } from '../../../../src/domain/metrics/metrics-translator.ts';

const translate = (...pieces: string[]): string => {
  const translator = createMetricsTranslator();
  return pieces.map((piece) => translator.write(piece)).join('') + translator.end();
};

const SOURCE = `# HELP haproxy_process_nbthread Number of started threads (global.nbthread)
# TYPE haproxy_process_nbthread gauge
haproxy_process_nbthread 2
# HELP haproxy_process_connections_total Total number of connections on this worker process since started
# TYPE haproxy_process_connections_total counter
haproxy_process_connections_total 12
# HELP haproxy_frontend_status Current status of the service, per state label value.
# TYPE haproxy_frontend_status gauge
haproxy_frontend_status{proxy="prometheus-exporter-internal-endpoint",state="UP"} 1
haproxy_frontend_status{proxy="l1",state="DOWN"} 0
haproxy_frontend_status{proxy="l1",state="UP"} 1
# HELP haproxy_backend_bytes_in_total Total number of request bytes since process started
# TYPE haproxy_backend_bytes_in_total counter
haproxy_backend_bytes_in_total{proxy="prometheus-exporter-internal"} 5
# HELP haproxy_server_bytes_in_total Total number of request bytes since process started
# TYPE haproxy_server_bytes_in_total counter
haproxy_server_bytes_in_total{proxy="p1:l1",server="m1"} 18446744073709551615
`;

const TRANSLATED = `# HELP octavia_loadbalancer_connections_total Total number of connections on this worker process since started
# TYPE octavia_loadbalancer_connections_total counter
octavia_loadbalancer_connections_total 12
# HELP octavia_listener_status Status of the listener: 1 for the state that it is in, 0 for the others.
# TYPE octavia_listener_status gauge
octavia_listener_status{listener="l1",state="DOWN"} 0
octavia_listener_status{listener="l1",state="UP"} 1
# HELP octavia_member_bytes_in_total Total number of request bytes since process started
# TYPE octavia_member_bytes_in_total counter
octavia_member_bytes_in_total{pool="p1:l1",member="m1"} 18446744073709551615
`;

describe('the translation of metrics', () => {
  it("renames the listed metrics and drops the rest, the exporter's own, and heads without samples", () => {
    expect(translate(SOURCE)).toBe(TRANSLATED);
  });

  it('has the same result wherever the text is split', () => {
    const cuts = fc.array(fc.nat(SOURCE.length), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (positions) => {
        const at = [0, ...positions.sort((one, other) => one - other), SOURCE.length];
        const pieces = at.slice(1).map((end, index) => SOURCE.slice(at[index], end));
        expect(translate(...pieces)).toBe(TRANSLATED);
      }),
    );
  });

  it('ends the last line if haproxy did not', () => {
    expect(translate('haproxy_process_listeners 3')).toBe('octavia_loadbalancer_listeners 3\n');
  });

  it('keeps values, times and odd names as they are', () => {
    const name = String.raw`a\"b} 1,server=\"x\\`;
    expect(translate(`haproxy_server_weight{proxy="${name}",server="é"} NaN 1395066363000\n`)).toBe(
      `octavia_member_weight{pool="${name}",member="é"} NaN 1395066363000\n`,
    );
  });

  it('ignores lines that are not in the format', () => {
    expect(translate('# EOF\n\n# HELP\nhaproxy_process_listeners\n{}\n  \n')).toBe('');
  });

  it('does not use the head of one metric for the next', () => {
    const text =
      '# HELP haproxy_frontend_status x\n# TYPE haproxy_process_listeners gauge\nhaproxy_process_listeners 1\n';
    expect(translate(text)).toBe(
      '# TYPE octavia_loadbalancer_listeners gauge\noctavia_loadbalancer_listeners 1\n',
    );
  });

  describe('of absent servers', () => {
    const weight = '# HELP haproxy_server_weight Weight\n# TYPE haproxy_server_weight gauge\n';
    const own =
      '# HELP octavia_member_weight Weight of the member in its pool.\n# TYPE octavia_member_weight gauge\n';
    const sample = (name: string, pool: string, member: string, labels: [string, string]) =>
      `${name}{${labels[0]}="${pool}",${labels[1]}="${member}"} 1\n`;
    const given = (pool: string, member: string) =>
      sample('haproxy_server_weight', pool, member, ['proxy', 'server']);
    const shown = (pool: string, member: string) =>
      sample('octavia_member_weight', pool, member, ['pool', 'member']);
    const next = '# TYPE haproxy_process_listeners gauge\nhaproxy_process_listeners 3\n';
    const nextShown = '# TYPE octavia_loadbalancer_listeners gauge\noctavia_loadbalancer_listeners 3\n';
    const without = (text: string): string => {
      const translator = createMetricsTranslator((proxy, server) => proxy === 'p1:l1' && server === 'm1');
      return translator.write(text) + translator.end();
    };

    it.each([
      ['the first', [given('p1:l1', 'm1'), given('p1:l1', 'm2')], own + shown('p1:l1', 'm2')],
      ['the last', [given('p1:l1', 'm2'), given('p1:l1', 'm1')], own + shown('p1:l1', 'm2')],
      ['the only one', [given('p1:l1', 'm1')], ''],
      ['none: another pool', [given('p2:l1', 'm1')], own + shown('p2:l1', 'm1')],
    ])('drops %s', (_which, samples, expected) => {
      expect(without(weight + samples.join('') + next)).toBe(expected + nextShown);
    });

    it("keeps the pool's own samples", () => {
      expect(without('haproxy_backend_bytes_in_total{proxy="p1:l1"} 1\n')).toBe(
        'octavia_pool_bytes_in_total{pool="p1:l1"} 1\n',
      );
    });
  });
});
