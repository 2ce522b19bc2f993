import { describe, expect, it } from 'vitest';
import { readWrkSummary } from '../../bench/load/traffic.ts';

const GOOD = `Running 1440m test @ http://10.0.1.100/
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.02ms  300.00us   9.00ms   90.00%
  3510 requests in 2.00s, 1.00MB read
Requests/sec:   1755.00
`;

describe('the result of wrk', () => {
  it('has no failures if wrk names none', () => {
    expect(readWrkSummary(GOOD)).toEqual({ requests: 3510, failed: 0, complaints: '' });
  });

  it('adds up failures of every kind', () => {
    const errors =
      '  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\n';
    expect(readWrkSummary(GOOD.replace('Requests/sec', `${errors}Requests/sec`))).toEqual({
      requests: 3510,
      failed: 54321,
      complaints: `${errors.trim().replace(/\n\s*/, '; ')}`,
    });
  });

  it('is unknown if wrk ended without a summary', () => {
    expect(() => readWrkSummary('unable to connect to 10.0.1.100:80')).toThrow('unable to connect');
  });
});
