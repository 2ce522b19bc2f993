import { describe, expect, it } from 'vitest';
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
    counter.end({ loadBalancer: 'lb', result: 'failed', seconds: 1, reason: 'other lines', detail: '' });
    expect(counts()).toEqual([
      ['done', 0],
      ['failed', 1],
    ]);
  });
});
