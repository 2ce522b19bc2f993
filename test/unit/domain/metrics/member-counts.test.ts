import { describe, expect, it } from 'vitest';
import { createMemberCounts } from '../../../../src/domain/metrics/member-counts.ts';

describe('the counts of members', () => {
  const shown = (counts: ReturnType<typeof createMemberCounts>) =>
    counts.samples().map(({ labels, value }) => `${labels?.['loadbalancer']} ${labels?.['state']} ${value}`);

  it('have the usual states of each load balancer, also without a member', () => {
    const counts = createMemberCounts();
    counts.begin('one');
    counts.begin('two');
    counts.add('two', 'DOWN');
    counts.add('two', 'DOWN');
    counts.add('two', 'no check');
    expect(shown(counts)).toEqual([
      ...['one UP 0', 'one DOWN 0', 'one DRAIN 0', 'one MAINT 0', 'one no check 0'],
      ...['two UP 0', 'two DOWN 2', 'two DRAIN 0', 'two MAINT 0', 'two no check 1'],
    ]);
  });

  it('are one sum for the TCP and UDP listeners of a load balancer', () => {
    const counts = createMemberCounts();
    counts.begin('lb');
    counts.add('lb', 'UP');
    counts.begin('lb');
    counts.add('lb', 'UP');
    counts.add('lb', 'RESTARTING');
    expect(shown(counts).filter((sample) => !sample.endsWith(' 0'))).toEqual(['lb UP 2', 'lb RESTARTING 1']);
  });

  it('have one sample for all states that no list names', () => {
    const counts = createMemberCounts();
    counts.begin('lb');
    for (const state of ['NOLB', 'strange', '']) counts.add('lb', state);
    expect(shown(counts).at(-1)).toBe('lb other 3');
    expect(counts.samples()).toHaveLength(6);
  });
});
