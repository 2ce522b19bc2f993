import { describe, expect, it } from 'vitest';
import { oldestAge, sessionCommands, sessionsIn } from '../../../../src/domain/run-time/server-sessions.ts';

describe('sessionsIn', () => {
  it('reads the row of one server', () => {
    expect(sessionsIn('# pxname,svname,qcur,qmax,scur,smax\npool:listener,member,0,0,12,20')).toBe(12);
  });

  it.each([
    ['no row', '# pxname,svname,scur'],
    ['two rows', '# pxname,svname,scur\na,b,1\na,c,1'],
    ['no such column', '# pxname,svname\na,b'],
    ['no number', '# pxname,svname,scur\na,b,'],
    ['a complaint', 'Unknown command.'],
    ['nothing', ''],
  ])('returns undefined for %s', (_name, answer) => {
    expect(sessionsIn(answer)).toBeUndefined();
  });

  it('is given the answer to one command for each server', () => {
    expect(sessionCommands([{ backendNumber: '3', serverNumber: '1' }])).toEqual(['show stat 3 4 1']);
  });
});

/** Lines of haproxy 2.6, shortened behind the age. */
const session = (place: string, age: string): string =>
  `0x55dbb6013e30: proto=tcpv4 src=127.0.0.1:55368 fe=f ${place} ts=00 epoch=0 age=${age} calls=3 rate=0 rq[f=0h,i=0]\n`;

describe('oldestAge', () => {
  const SERVERS = [
    { backend: 'one', server: 'm1' },
    { backend: 'two', server: 'm1' },
  ];

  it.each([
    ['3s', 3],
    ['1m5s', 65],
    ['2h1m', 7260],
    ['3d4h', 273_600],
    ['0s', 0],
  ])('reads %s as %d seconds', (age, seconds) => {
    expect(oldestAge(session('be=one srv=m1', age), SERVERS)).toBe(seconds);
  });

  it('is that of the oldest session of these servers', () => {
    const answer = [
      session('be=one srv=m1', '4s'),
      session('be=two srv=m1', '9s'),
      session('be=two srv=m1', '5s'),
      session('be=two srv=m11', '1h'),
      session('be=three srv=m1', '1h'),
      session('be=<NONE> srv=<none>', '2h'),
    ].join('');
    expect(oldestAge(answer, SERVERS)).toBe(9);
  });

  it('is undefined without a session', () => {
    expect(oldestAge(session('be=one srv=m2', '4s'), SERVERS)).toBeUndefined();
    expect(oldestAge('', SERVERS)).toBeUndefined();
  });
});
