import { describe, expect, it } from 'vitest';
import { readMemberFacts } from '../../../../src/domain/haproxy/member-facts.ts';

const HEADER = '# pxname,svname,scur,status,lastchg,type,check_status,check_code,last_chk,check_desc,';
const answer = (...rows: string[]): string => `Pid: 5\n\n${[HEADER, ...rows].join('\n')}\n\n`;

describe('readMemberFacts', () => {
  it('reads the last change and the last check of servers only', () => {
    const facts = readMemberFacts(
      answer(
        'P:L,BACKEND,0,UP,9,1,,,,,',
        'P:L,M,2,DOWN,61,2,L7STS,503,HTTP status check returned code <503>,Layer7 wrong status,',
      ),
    );
    expect([...facts]).toEqual([
      [
        'P:L/M',
        {
          ...{ sessions: 2, changedSeconds: 61 },
          check: {
            ...{ status: 'L7STS', description: 'Layer7 wrong status' },
            detail: '503 HTTP status check returned code <503>',
          },
        },
      ],
    ]);
  });

  it('reads quoted texts with commas and quotes', () => {
    const facts = readMemberFacts(answer('P,M,0,DOWN,1,2,L7RSP,,"a, ""b""",Layer7 invalid response,'));
    expect(facts.get('P/M')?.check?.detail).toBe('a, "b"');
  });

  it('has no check of a server without one, and no time without a number', () => {
    expect(readMemberFacts(answer('P,M,0,no check,,2,,,,,')).get('P/M')).toEqual({
      ...{ sessions: 0, changedSeconds: undefined, check: undefined },
    });
  });

  it('has nothing for an answer without the columns', () => {
    expect(readMemberFacts('# pxname,svname,\nP,M,\n\n').size).toBe(0);
    expect(readMemberFacts('').size).toBe(0);
  });
});
