import { describe, expect, it } from 'vitest';
import { readLiveStatistics, serverAddresses } from '../../../../src/domain/haproxy/live-statistics.ts';
import { UnusableStatistics } from '../../../../src/domain/haproxy/statistics.ts';

const HEADER =
  '# pxname,svname,qcur,scur,stot,bin,bout,ereq,status,weight,lastchg,type,rate,check_status,check_code,last_chk,econ,hrsp_5xx';
const table = (...rows: string[]): string => `${[HEADER, ...rows].join('\n')}\n\n`;

describe('readLiveStatistics', () => {
  const answer = table(
    'lsn,FRONTEND,,3,40,100,200,1,OPEN,,,0,5,,,,,2',
    'pool:lsn,one,2,1,20,,,,UP,1,60,2,4,L7OK,200,OK,3,',
    'pool:lsn,two,0,0,0,,,,DOWN,1,5,2,0,L4CON,,"Connection refused, said it",1,',
    'pool:lsn,gone,0,0,0,,,,MAINT,1,5,2,0,,,,0,',
    'pool:lsn,BACKEND,0,1,20,100,200,,UP,1,60,1,4,,,,4,1',
    'more:lsn,BACKEND,0,0,0,0,0,,DOWN,0,60,1,0,,,,5,0',
    'tcp,FRONTEND,,0,0,0,0,0,OPEN,,,0,0,,,,,',
    'other,three,,,,,,,UP,0,,2,,,,,,',
    'prometheus-exporter-internal-endpoint,FRONTEND,,3,40,1,1,1,OPEN,,,0,5,,,,,0',
  );
  const read = readLiveStatistics(answer, 'own', {
    absent: new Map([['pool:lsn', new Set(['gone'])]]),
    addresses: new Map([['pool:lsn/one', '10.0.2.21:80']]),
  });

  it('has the traffic of each listener', () => {
    expect(read.listeners[0]).toEqual({
      ...{ id: 'lsn', status: 'OPEN', sessions: 3, session_rate: 5, sessions_total: 40 },
      ...{ bytes_in: 100, bytes_out: 200, errors: 1, responses_5xx: 2, connection_errors: 9 },
    });
    expect(read.listeners[1]).toMatchObject({ id: 'tcp', responses_5xx: null, connection_errors: null });
  });

  it('has each member with its check, except those that a change removed', () => {
    expect(read.members.map(({ id }) => id)).toEqual(['one', 'two', 'three']);
    expect(read.members[0]).toEqual({
      ...{ id: 'one', pool: 'pool', listener: 'lsn', address: '10.0.2.21:80', status: 'UP', weight: 1 },
      ...{ sessions: 1, queue: 2, session_rate: 4, sessions_total: 20 },
      ...{ check: 'L7OK 200 OK', changed_seconds: 60 },
    });
    expect(read.members[1]?.check).toBe('L4CON Connection refused, said it');
  });

  it('has null for what haproxy does not report, and DRAIN for a member of weight 0', () => {
    expect(read.members[2]).toMatchObject({
      ...{ listener: 'own', status: 'DRAIN', sessions: null, check: null, address: null },
    });
  });

  it('shows members as the other reports do', () => {
    const shown = (backend: string, server: string, status: string): string =>
      `${backend} ${server} ${status}`;
    const { members } = readLiveStatistics(answer, 'own', { shown });
    expect(members.map(({ status }) => status)).toContain('pool:lsn gone MAINT');
  });

  it.each(['', 'no header\n\n', `${HEADER}\nlsn,FRONTEND`, table('"open')])(
    'refuses an incomplete answer: %j',
    (text) => {
      expect(() => readLiveStatistics(text, 'own')).toThrow(UnusableStatistics);
    },
  );
});

describe('the addresses of servers', () => {
  const columns =
    'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord';
  const row = (name: string, address: string): string =>
    `3 pool:lsn 1 ${name} ${address} 2 0 1 1 5 6 3 4 6 0 0 0 - 80 -`;

  it('are in the form of a URL', () => {
    const dump = ['1', `# ${columns}`, row('one', '10.0.2.21'), row('two', 'fd00::2'), '', ''].join('\n');
    expect([...serverAddresses(dump)]).toEqual([
      ['pool:lsn/one', '10.0.2.21:80'],
      ['pool:lsn/two', '[fd00::2]:80'],
    ]);
  });

  it('are unknown if the answer has an unknown form', () => {
    expect(serverAddresses('garbage').size).toBe(0);
  });
});
