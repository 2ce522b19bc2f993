import { describe, expect, it } from 'vitest';
import { type MachineFacts, pinnedThreads, tlsCacheBlocks } from '../../../../src/render/haproxy/machine.ts';

const GIB_KIB = 1024 * 1024;
const machine = (facts: Partial<MachineFacts>): MachineFacts => ({
  memoryKib: 4 * GIB_KIB,
  cpuCount: 4,
  tunedProfiles: '',
  tlsCacheMib: 100_000,
  ...facts,
});

describe('the TLS session cache', () => {
  it.each([
    ['4 GiB, 50 000 connections', 4 * GIB_KIB, 50_000, 3_731_456],
    ['24 GiB, 50 000 connections', 24 * GIB_KIB, 50_000, 37_285_888],
    ['1 GiB, 1 000 connections', GIB_KIB, 1000, 1_207_088],
    ['1 GiB, whose connections take all of it', GIB_KIB, 50_000, undefined],
    ['little, of which less is left than the default takes', 295 * 1024, 1000, undefined],
  ])(
    'has two fifths of the memory that the system and the connections leave of %s',
    (_what, memoryKib, connections, blocks) => {
      expect(tlsCacheBlocks(machine({ memoryKib }), connections)).toBe(blocks);
    },
  );

  it.each([
    [512, 2_097_152],
    [1, undefined],
    [0, undefined],
  ])('is at most its limit of %i MiB, and at least the default', (tlsCacheMib, blocks) => {
    expect(tlsCacheBlocks(machine({ memoryKib: 24 * GIB_KIB, tlsCacheMib }), 50_000)).toBe(blocks);
  });
});

describe('threads', () => {
  it.each([
    ['amphora', 4, 3],
    ['virtual-guest optimize-serial-console amphora', 7, 6],
    ['amphora', 2, 1],
    ['amphora', 1, undefined],
    ['amphora', 96, 64],
    ['amphora-like', 4, undefined],
    ['virtual-guest', 4, undefined],
    ['', 4, undefined],
  ])('under the profiles %j on %i processors: %s', (tunedProfiles, cpuCount, threads) => {
    expect(pinnedThreads(machine({ tunedProfiles, cpuCount }))).toBe(threads);
  });
});
