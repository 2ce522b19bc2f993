import { describe, expect, it } from 'vitest';
import {
  type ReportRules,
  readMemberStates,
  readMemberStatistics,
} from '../../../../src/domain/haproxy/member-statistics.ts';
import { UnusableStatistics } from '../../../../src/domain/haproxy/statistics.ts';
import { NO_SERVERS } from '../../../../src/domain/run-time/run-time-record.ts';

const HEADER =
  '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,';
/** Rows that haproxy 2.6 wrote. */
const DOWN = 'p:l,m1,0,0,0,0,,0,0,0,,0,,4,0,0,0,DOWN,10,1,0,1,1,63,3,,1,3,1,,0,,2,0,,0,L4CON,,0,0,';
const UP = 'p:l,m2,2,0,7,0,,0,0,0,,0,,0,5,0,0,UP 1/3,10,1,0,0,0,3,0,,1,3,2,,0,,2,0,,0,L4OK,,12,0,';
const UNCHECKED = 'p:l,m3,0,0,0,0,,0,0,0,,0,,0,0,0,0,no check,1,1,0,,,3,,,1,3,3,,0,,2,0,,0,,,,0,';
const MAINT = 'p:l,m4,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,,,3,,,1,3,4,,0,,2,0,,0,,,,0,';
const UNRESOLVED = MAINT.replace('m4', 'm5').replace('MAINT', 'MAINT (resolution)');
const WEIGHTLESS = UP.replace('m2', 'm6').replace('UP 1/3,10', 'UP,0');
const INTERNAL = UP.replace('p:l', 'prometheus-exporter-internal-endpoint');
const answerOf = (...rows: readonly string[]): string =>
  `Name: HAProxy\nPid: 42\n\n${[HEADER, ...rows].join('\n')}\n\n`;

const RULES: ReportRules = {
  absentOf: () => NO_SERVERS,
  shownOf: () => (_backend: string, _server: string, status: string) => status,
};
const read = (answer: string, rules = RULES) => readMemberStatistics(answer, 'lb', rules);
const states = (answer: string, rules = RULES) =>
  read(answer, rules).map(({ member, state }) => `${member} ${state}`);

describe('the states of members', () => {
  it('are those of the statistics', () => {
    const answer = answerOf(DOWN, UP, UNCHECKED, MAINT, UNRESOLVED, WEIGHTLESS, INTERNAL);
    const rules = { ...RULES, absentOf: () => new Map([['p:l', new Set(['m4'])]]) };
    const found: string[] = [];
    readMemberStates(answer, rules, (state) => found.push(state));
    expect(found).toEqual(['DOWN', 'UP', 'no check', 'MAINT', 'DRAIN']);
    expect(found).toEqual(read(answer, rules).map(({ state }) => state));
  });
});

describe('the statistics of members', () => {
  it('have the numbers of each server', () => {
    expect(read(answerOf(DOWN, UP))).toEqual([
      {
        ...{ loadBalancer: 'lb', listener: 'l', pool: 'p', member: 'm1', state: 'DOWN' },
        ...{ weight: '10', sessions: '0', queue: '0', checkSeconds: '0', stateAgeSeconds: '63' },
        ...{ connectionErrors: '4', responseErrors: '0', checkErrors: '1' },
      },
      {
        ...{ loadBalancer: 'lb', listener: 'l', pool: 'p', member: 'm2', state: 'UP' },
        ...{ weight: '10', sessions: '7', queue: '2', checkSeconds: '0.012', stateAgeSeconds: '3' },
        ...{ connectionErrors: '0', responseErrors: '5', checkErrors: '0' },
      },
    ]);
  });

  it('have no numbers of checks without a health monitor', () => {
    expect(read(answerOf(UNCHECKED))).toMatchObject([
      { state: 'no check', checkSeconds: '', checkErrors: '', connectionErrors: '0' },
    ]);
  });

  it('have no number where haproxy writes something else', () => {
    const odd = UP.replace('m2,2,0,7', 'm2,-1,0,many');
    expect(read(answerOf(odd))).toMatchObject([{ queue: '', sessions: '', weight: '10' }]);
  });

  it('have states without counts and reasons; a member without weight is in DRAIN', () => {
    expect(states(answerOf(UNRESOLVED, WEIGHTLESS))).toEqual(['m5 MAINT', 'm6 DRAIN']);
  });

  it('leave out absent members and proxies of the exporter, and show drained ones', () => {
    const rules = {
      absentOf: (worker: number | undefined) =>
        worker === 42 ? new Map([['p:l', new Set(['m1'])]]) : NO_SERVERS,
      shownOf: (worker: number | undefined) => (backend: string, server: string, status: string) =>
        worker === 42 && `${backend}/${server}` === 'p:l/m4' ? 'DRAIN' : status,
    };
    expect(states(answerOf(DOWN, UP, MAINT, UNRESOLVED, INTERNAL), rules)).toEqual([
      'm2 UP',
      'm4 DRAIN',
      'm5 MAINT',
    ]);
  });

  it('are those of a listener of API 0.5, whose backend has the id of its pool', () => {
    expect(read(answerOf(UP.replace('p:l', 'p')))).toMatchObject([{ listener: 'lb', pool: 'p' }]);
  });

  it('are unusable when the answer is cut off, or lacks a column', () => {
    expect(() => read(answerOf(UP).slice(0, -1))).toThrow(UnusableStatistics);
    expect(() => read(answerOf(UP).replace('check_duration', 'other'))).toThrow(UnusableStatistics);
    expect(() => read(answerOf('p:l,m1,0'))).toThrow(UnusableStatistics);
  });
});
