import { describe, expect, it } from 'vitest';
import { failingMemberNotes, readFailingMembers } from '../../../../src/domain/haproxy/failing-members.ts';

const INFO = 'Name: HAProxy\nPid: 12\n\n';
const HEAD = '# pxname,svname,status,lastchg,check_status,check_code,check_desc,last_chk,\n';
const answer = (...rows: string[]): string => `${INFO}${HEAD}${rows.map((row) => `${row},\n`).join('')}\n`;
const REFUSED = 'pool:listener,m1,DOWN,7,L4CON,,Layer4 connection problem,Connection refused';
const BROKEN = 'pool:listener,m2,DOWN 1/2,,L7STS,500,Layer7 wrong status,"Not, ""well"""';

describe('the members whose checks fail', () => {
  it('have the reason in the words of haproxy', () => {
    const members = readFailingMembers(
      answer('pool:listener,m0,UP,9,L7OK,200,Layer7 check passed,', REFUSED, BROKEN),
    );
    expect(failingMemberNotes(members)).toEqual([
      'member m1 of pool pool is DOWN for 7 s: Layer4 connection problem: Connection refused',
      'member m2 of pool pool is DOWN: Layer7 wrong status: status 500: Not, "well"',
    ]);
  });

  it('cannot write control characters, which a terminal would obey', () => {
    const [member] = readFailingMembers(answer('pool,m1,DOWN,7,L7STS,500,wrong status,\u001b[2Jgone'));
    expect(member?.reason).toBe('wrong status: status 500: ?[2Jgone');
  });

  it('are not those that a change is removing from this worker', () => {
    const absentOf = (worker: number | undefined) =>
      new Map(worker === 12 ? [['pool:listener', new Set(['m1'])]] : []);
    expect(readFailingMembers(answer(REFUSED, BROKEN), absentOf).map(({ id }) => id)).toEqual(['m2']);
  });

  it('are ten at most, and the number of the others', () => {
    const notes = failingMemberNotes(
      readFailingMembers(answer(...Array.from({ length: 12 }, () => REFUSED))),
    );
    expect(notes).toHaveLength(11);
    expect(notes.at(-1)).toBe('2 more members are DOWN');
  });

  it.each(['', 'Unknown command\n', `${INFO}${HEAD}`, `${INFO}${HEAD}"open`])('are none in %j', (text) => {
    expect(readFailingMembers(text)).toEqual([]);
  });
});
