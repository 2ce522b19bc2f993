import { describe, expect, it } from 'vitest';
import {
  absentInAny,
  absentServers,
  parseRunTimeRecord,
  type RunTimeRecord,
  serialiseRunTimeRecord,
} from '../../../../src/domain/run-time/run-time-record.ts';

const RECORD: RunTimeRecord = {
  worker: 42,
  isUnfinished: false,
  absent: [
    { backend: 'pool:listener', server: 'member', words: ['192.0.2.1:80', 'weight', '1'] },
    { backend: 'pool:listener', server: 'other', words: ['192.0.2.2:80'] },
  ],
  added: [{ backend: 'pool:listener', server: 'new' }],
  applied: ['0123456789abcdef0123456789abcdef'],
};

describe('parseRunTimeRecord', () => {
  it('reads what serialiseRunTimeRecord writes', () => {
    expect(parseRunTimeRecord(serialiseRunTimeRecord(RECORD))).toEqual(RECORD);
  });

  it.each([
    ['no file', undefined],
    ['an empty file', ''],
    ['half a file', serialiseRunTimeRecord(RECORD).slice(0, 40)],
    ['another JSON value', '[]'],
    ['no worker', JSON.stringify({ ...RECORD, worker: undefined })],
    ['a worker that is no number', JSON.stringify({ ...RECORD, worker: '42' })],
    ['no mark', JSON.stringify({ ...RECORD, isUnfinished: 'no' })],
    ['servers that are no list', JSON.stringify({ ...RECORD, absent: {} })],
    ['a server without words', JSON.stringify({ ...RECORD, absent: [{ backend: 'b', server: 's' }] })],
    ['an added server without a name', JSON.stringify({ ...RECORD, added: [{ backend: 'b' }] })],
    ['added servers that are no list', JSON.stringify({ ...RECORD, added: 'b' })],
    ['an md5 that is no text', JSON.stringify({ ...RECORD, applied: [1] })],
  ])('returns undefined for %s', (_name, text) => {
    expect(parseRunTimeRecord(text)).toBeUndefined();
  });
});

describe('absentServers', () => {
  it('names the servers of the worker, and also when the worker is unknown', () => {
    const names = new Map([['pool:listener', new Set(['member', 'other'])]]);
    expect(absentServers(RECORD, 42)).toEqual(names);
    expect(absentServers(RECORD, undefined)).toEqual(names);
  });

  it('names none for another worker and without a record', () => {
    expect(absentServers(RECORD, 43)).toEqual(new Map());
    expect(absentServers(undefined, 42)).toEqual(new Map());
  });
});

describe('absentInAny', () => {
  const other = { ...RECORD, absent: [{ backend: 'pool:other', server: 'third', words: [] }] };

  it('joins the servers of all records of the worker', () => {
    expect(absentInAny([undefined, RECORD, other, { ...other, worker: 43 }], 42)).toEqual(
      new Map([
        ['pool:listener', new Set(['member', 'other'])],
        ['pool:other', new Set(['third'])],
      ]),
    );
    expect(absentInAny([], 42)).toEqual(new Map());
  });
});
