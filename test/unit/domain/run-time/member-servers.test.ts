import { describe, expect, it } from 'vitest';
import { memberServers } from '../../../../src/domain/run-time/member-servers.ts';

const HEADER =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n';

/** A line of `show servers state` of haproxy 2.6. @param state op state, admin state, weight */
const row = (backend: string, server: string, state: string): string =>
  `${backend.length} ${backend} ${server.length} ${server} 127.0.0.1 ${state} 1 5 1 0 2 0 0 0 0 - 80 - 0 0 - - 0\n`;

const dump = (...rows: string[]): string => `${HEADER}${rows.join('')}\n`;
const NONE = new Map();

describe('memberServers', () => {
  it('finds the server of each backend with its numbers and its state', () => {
    const answer = dump(
      ...[
        row('a', 'm1', '2 0 1'),
        row('bb', 'm1', '2 8 1'),
        row('ccc', 'm1', '0 5 1'),
        row('d', 'm2', '2 0 1'),
      ],
    );
    const common = { server: 'm1', serverNumber: '2', hasOthers: false };
    expect(memberServers(answer, NONE, 'm1')).toEqual([
      { ...common, backend: 'a', backendNumber: '1', state: 'ready' },
      { ...common, backend: 'bb', backendNumber: '2', state: 'drain' },
      { ...common, backend: 'ccc', backendNumber: '3', state: 'maintenance' },
    ]);
  });

  it('takes a server that its configuration disables and that a command made ready for a ready one', () => {
    const answer = dump(row('a', 'm1', '2 4 1'), row('bb', 'm1', '2 12 1'));
    expect(memberServers(answer, NONE, 'm1')?.map(({ state }) => state)).toEqual(['ready', 'drain']);
  });

  it.each([
    ['ready', '2 0 1', true],
    ['disabled by its configuration, and made ready by a command', '2 4 1', true],
    ['starting', '1 0 1', true],
    ['down', '0 0 1', false],
    ['stopping', '3 0 1', false],
    ['drained', '2 8 1', false],
    ['in maintenance', '0 1 1', false],
    ['disabled by its configuration', '0 4 1', false],
    ['without weight', '2 0 0', false],
  ])('counts another server that is %s (%s): %s', (_name, state, hasOthers) => {
    const found = memberServers(dump(row('a', 'm1', '2 0 1'), row('a', 'm2', state)), NONE, 'm1');
    expect(found?.map((server) => server.hasOthers)).toEqual([hasOthers]);
  });

  it('does not find removed servers, nor parts of a name', () => {
    const answer = dump(row('a', 'm1', '2 0 1'), row('a', 'm11', '0 1 1'));
    expect(memberServers(answer, new Map([['a', new Set(['m1'])]]), 'm1')).toEqual([]);
    expect(memberServers(answer, NONE, 'm')).toEqual([]);
    expect(memberServers(answer, NONE, '')).toEqual([]);
  });

  it('returns undefined for an incomplete answer', () => {
    expect(memberServers(dump(row('a', 'm1', '2 0 1')).slice(0, -20), NONE, 'm1')).toBeUndefined();
  });
});
