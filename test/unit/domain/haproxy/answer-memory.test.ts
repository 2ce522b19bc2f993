import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkerReader, readWorkerStatistics } from '../../../../src/domain/haproxy/statistics.ts';
import { NO_SERVERS } from '../../../../src/domain/run-time/run-time-record.ts';

const LB = '99999999-9999-4999-8999-999999999999';
const INFO = 'Name: HAProxy\nPid: 42\n\n';
const HEADER = '# pxname,svname,scur,stot,bin,bout,ereq,status,weight,lastchg,type,last_chk,';
const listener = (scur: string, lastchg = '0'): string => `L,FRONTEND,${scur},1,2,3,4,OPEN,,${lastchg},0,,`;
const member = (name: string, status: string, lastchg = '0', check = ''): string =>
  `P:L,${name},0,0,0,0,,${status},1,${lastchg},2,${check},`;
const pool = (lastchg = '0'): string => `P:L,BACKEND,0,0,0,0,,UP,1,${lastchg},1,,`;
const answer = (...rows: string[]): string => `${INFO}${[HEADER, ...rows].join('\n')}\n\n`;
const absentOf = () => NO_SERVERS;

const FIRST = answer(listener('1'), member('M', 'UP'), member('N', 'DOWN'), pool());

/** Returns whether a reader returns the same object for two answers. Each result must be that of a reader that has read nothing. */
function isSame(first: string, second: string): boolean {
  const read = createWorkerReader(LB);
  const results = [first, second].map((text) => {
    const result = read(text, absentOf);
    expect(result).toEqual(readWorkerStatistics(text, LB, absentOf));
    return result;
  });
  return results[0] === results[1];
}

describe('a reader of answers of one haproxy', () => {
  it('returns the same object if only times and check results differ', () => {
    const later = answer(
      ...[listener('1', '9'), member('M', 'UP', '9', 'L4OK'), member('N', 'DOWN', '7', 'L4CON'), pool('9')],
    );
    expect(isSame(FIRST, later)).toBe(true);
    expect(isSame(later, FIRST)).toBe(true);
  });

  it.each([
    [
      'a listener has another connection',
      answer(listener('2'), member('M', 'UP'), member('N', 'DOWN'), pool()),
    ],
    [
      'the last member changes its status',
      answer(listener('1'), member('M', 'UP'), member('N', 'UP'), pool()),
    ],
    [
      'a status only becomes longer',
      answer(listener('1'), member('M', 'UP 1/3'), member('N', 'DOWN'), pool()),
    ],
    ['a member is gone', answer(listener('1'), member('M', 'UP'), pool())],
    ['the last row is gone', answer(listener('1'), member('M', 'UP'), member('N', 'DOWN'))],
    ['a row is added', answer(listener('1'), member('M', 'UP'), member('N', 'DOWN'), pool(), listener('1'))],
    ['two members change places', answer(listener('1'), member('N', 'DOWN'), member('M', 'UP'), pool())],
    ['all rows are gone', answer()],
    ['another worker answers', FIRST.replace('Pid: 42', 'Pid: 43')],
    ['the worker stops', FIRST.replace('Pid: 42\n', 'Pid: 42\nStopping: 1\n')],
    ['the header has another column', FIRST.replace('lastchg', 'lastchange')],
    ['nobody says which worker answers', FIRST.slice(INFO.length)],
  ])('returns another object if %s', (_what, second) => {
    expect(isSame(FIRST, second)).toBe(false);
    expect(isSame(second, FIRST)).toBe(false);
  });

  it('reads an answer with quoted line ends as a whole', () => {
    const quoted = answer(listener('1'), member('M', 'UP', '0', `"no\n${member('N', 'DOWN')}"`), pool());
    expect(isSame(quoted, quoted)).toBe(false);
    expect(isSame(quoted, FIRST)).toBe(false);
    expect(isSame(FIRST, quoted)).toBe(false);
  });

  it('refuses half an answer like a reader that has read nothing, and reads the next one', () => {
    const read = createWorkerReader(LB);
    const whole = read(FIRST, absentOf);
    for (let length = 0; length < FIRST.length; length += 1)
      expect(() => read(FIRST.slice(0, length), absentOf), `cut at ${length}`).toThrow();
    expect(read(FIRST, absentOf)).toEqual(whole);
  });

  it('compares fewer answers the more of them differ, and all of them when one is the same', () => {
    const read = createWorkerReader(LB);
    const results = Array.from({ length: 40 }, (_, index) => read(answer(listener(`${index}`)), absentOf));
    expect(new Set(results).size).toBe(40);
    const same = Array.from({ length: 40 }, () => read(FIRST, absentOf));
    expect(new Set(same).size).toBeLessThan(20);
    expect(new Set(same.slice(20)).size).toBe(1);
  });

  it('leaves out a member as soon as a record names it', () => {
    const read = createWorkerReader(LB);
    const absent = new Map([['P:L', new Set(['M'])]]);
    expect(read(FIRST, absentOf).pools[0]?.members.has('M')).toBe(true);
    expect(read(FIRST, () => absent).pools[0]?.members.has('M')).toBe(false);
    expect(read(FIRST, () => absent).pools[0]?.members.has('M')).toBe(false);
    expect(read(FIRST, absentOf).pools[0]?.members.has('M')).toBe(true);
  });

  it('reads any series of answers like a reader that has read nothing', () => {
    const value = fc.constantFrom('0', '1', '12');
    const rows = fc.oneof(
      fc.tuple(value, value).map(([scur, lastchg]) => listener(scur, lastchg)),
      fc
        .tuple(fc.constantFrom('M', 'N'), fc.constantFrom('UP', 'UP 1/2', 'no check'), value)
        .map(([name, status, lastchg]) => member(name, status, lastchg)),
      value.map(pool),
    );
    const answers = fc.array(fc.array(rows, { maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(answers, (series) => {
        const read = createWorkerReader(LB);
        for (const one of series.map((each) => answer(...each)))
          expect(read(one, absentOf)).toEqual(readWorkerStatistics(one, LB, absentOf));
      }),
    );
  });
});
