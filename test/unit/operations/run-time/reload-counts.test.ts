import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../../../src/domain/metrics/metric-family.ts';
import { createReloadCounter } from '../../../../src/operations/run-time/reload-counts.ts';

describe('the durations of reloads', () => {
  it('have both results from the start', () => {
    const counter = createReloadCounter();
    const counts = () =>
      counter
        .families()
        .flatMap(({ samples }) => samples)
        .filter(({ name }) => name === 'amphora_agent_reload_duration_seconds_count')
        .map(({ labels, value }) => [labels?.['result'], value]);
    expect(counts()).toEqual([
      ['done', 0],
      ['failed', 0],
    ]);
    const outcome = { result: 'failed', rollback: 'copy damaged' } as const;
    counter.end({ loadBalancer: 'lb', ...outcome, seconds: 1, reason: 'other lines', detail: '' });
    expect(counts()).toEqual([
      ['done', 0],
      ['failed', 1],
    ]);
  });
});

describe('the recent reloads', () => {
  it('have the result of the rollback after a failed one', () => {
    const counter = createReloadCounter();
    const event = { loadBalancer: 'lb', seconds: 1, reason: 'other lines', detail: '' } as const;
    counter.end({ ...event, result: 'failed', rollback: 'copy damaged' });
    counter.end({ ...event, result: 'done' });
    counter.avoid('lb', 'identical');
    expect(counter.status().recent.map(({ result, rollback }) => [result, rollback])).toEqual([
      ['avoided (identical)', null],
      ['done (other lines)', null],
      ['failed (other lines), copy damaged', 'copy damaged'],
    ]);
  });
});

describe('the rollbacks', () => {
  const samples = (families: readonly MetricFamily[]) =>
    families
      .filter(({ name }) => name === 'amphora_agent_rollbacks')
      .flatMap((family) =>
        family.samples.map(({ labels, value }) => [...Object.values(labels ?? {}), value]),
      );

  it('are counted by cause and result, all from the start', () => {
    const counter = createReloadCounter();
    expect(samples(counter.families())).toEqual([
      ['failure', 'rolled back', 0],
      ['failure', 'nothing to roll back to', 0],
      ['failure', 'copy damaged', 0],
      ['failure', 'does not run either', 0],
      ['failure', 'not rolled back', 0],
      ['request', 'rolled back', 0],
    ]);
    counter.rollBack('failure', 'does not run either');
    counter.rollBack('request', 'rolled back');
    expect(samples(counter.families()).filter(([, , count]) => count !== 0)).toEqual([
      ['failure', 'does not run either', 1],
      ['request', 'rolled back', 1],
    ]);
  });
});
