import { describe, expect, it } from 'vitest';
import {
  type Drain,
  type DrainRecord,
  drainedServers,
  drainOf,
  parseDrainRecord,
  serialiseDrainRecord,
  withDrain,
} from '../../../../src/domain/run-time/drain-record.ts';

const DRAIN: Drain = {
  member: 'member',
  backends: ['pool:one', 'pool:two'],
  deadline: 1_764_360_000_000,
  cut: true,
  isDrained: false,
};
const RECORD: DrainRecord = { worker: 42, drains: [DRAIN, { ...DRAIN, member: 'other', isDrained: true }] };

describe('parseDrainRecord', () => {
  it('reads what serialiseDrainRecord writes', () => {
    expect(parseDrainRecord(serialiseDrainRecord(RECORD))).toEqual(RECORD);
  });

  it.each([
    ['no file', undefined],
    ['an empty file', ''],
    ['half a file', serialiseDrainRecord(RECORD).slice(0, 60)],
    ['another JSON value', '[]'],
    ['no worker', JSON.stringify({ ...RECORD, worker: undefined })],
    ['drains that are no list', JSON.stringify({ ...RECORD, drains: {} })],
    ['a drain without a member', JSON.stringify({ ...RECORD, drains: [{ ...DRAIN, member: undefined }] })],
    ['a backend that is no text', JSON.stringify({ ...RECORD, drains: [{ ...DRAIN, backends: [1] }] })],
    ['a deadline that is no number', JSON.stringify({ ...RECORD, drains: [{ ...DRAIN, deadline: 'soon' }] })],
    ['a mark that is no truth value', JSON.stringify({ ...RECORD, drains: [{ ...DRAIN, cut: 'no' }] })],
  ])('returns undefined for %s', (_name, text) => {
    expect(parseDrainRecord(text)).toBeUndefined();
  });
});

describe('a record of drains', () => {
  it('has the drain of a member for its own worker only', () => {
    expect(drainOf(RECORD, 42, 'member')).toEqual(DRAIN);
    expect(drainOf(RECORD, 42, 'third')).toBeUndefined();
    expect(drainOf(RECORD, 43, 'member')).toBeUndefined();
    expect(drainOf(undefined, 42, 'member')).toBeUndefined();
  });

  it('replaces and removes the drain of one member', () => {
    const later = { ...DRAIN, deadline: DRAIN.deadline + 1 };
    expect(withDrain(RECORD, 42, 'member', later).drains).toEqual([RECORD.drains[1], later]);
    expect(withDrain(RECORD, 42, 'member', undefined).drains).toEqual([RECORD.drains[1]]);
    expect(withDrain(undefined, 42, 'member', DRAIN)).toEqual({ worker: 42, drains: [DRAIN] });
  });

  it('leaves out the drains of another worker', () => {
    expect(withDrain(RECORD, 43, 'third', undefined)).toEqual({ worker: 43, drains: [] });
  });

  it('names the servers whose drain has ended, of its own worker', () => {
    const names = new Map([
      ['pool:one', new Set(['other'])],
      ['pool:two', new Set(['other'])],
    ]);
    expect(drainedServers(RECORD, 42)).toEqual(names);
    expect(drainedServers(RECORD, undefined)).toEqual(names);
    expect(drainedServers(RECORD, 43)).toEqual(new Map());
    expect(drainedServers(undefined, 42)).toEqual(new Map());
  });
});
