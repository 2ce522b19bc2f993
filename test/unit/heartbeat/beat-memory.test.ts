import { describe, expect, it } from 'vitest';
import { createBeatMemory, createBeatTally } from '../../../src/heartbeat/beat-memory.ts';
import type { SentBeat } from '../../../src/heartbeat/settings.ts';

const sent = (lateMs: number): SentBeat => ({
  ...{ kind: 'sent', sequence: 0, bytes: 100, listeners: 1, parts: 1 },
  lateMs,
});

describe('the lateness of heartbeats', () => {
  it('is unknown until one was sent', () => {
    const tally = createBeatTally(createBeatMemory());
    tally.count({ kind: 'silent', reason: 'keepalived' });
    tally.count({ kind: 'failed', sequence: 0, bytes: 100 });
    expect(tally.counts().late).toBeUndefined();
  });

  it('is that of the last one and the largest one, for both threads', () => {
    const memory = createBeatMemory();
    const tally = createBeatTally(memory);
    for (const lateMs of [1.5, 40.25, 0.5]) tally.count(sent(lateMs));
    tally.count({ kind: 'failed', sequence: 3, bytes: 100 });
    const { late, ...counts } = createBeatTally(memory).counts();
    expect(late).toEqual({ lastMs: 0.5, mostMs: 40.25 });
    expect(counts).toMatchObject({ sent: 3, failed: 1, silent: 0, partial: 0, bytes: 300 });
  });

  it('is 0 after a timer that fired early', () => {
    const tally = createBeatTally(createBeatMemory());
    tally.count(sent(-0.7));
    expect(tally.counts().late).toEqual({ lastMs: 0, mostMs: 0 });
  });
});
