import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SERVERS_STATE, serversStateFor } from '../../../../src/domain/haproxy/servers-state.ts';

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state ' +
  'bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr ' +
  'srv_agent_addr srv_agent_port';
const COLUMNS = HEADER.split(' ').slice(1);

/** A line of haproxy 2.6 and 3.0 for a checked server that is UP. */
const UP = '3 pool 1 member 10.0.0.1 2 0 10 10 5 6 3 4 6 0 0 0 - 80 - 0 0 - - 0';

/** @param values by column, in place of those of UP */
const line = (values: Record<string, string | number> = {}): string =>
  UP.split(' ')
    .map((value, index) => values[COLUMNS[index] ?? ''] ?? value)
    .join(' ');
const dump = (...lines: string[]): string => ['1', HEADER, ...lines, '', ''].join('\n');

const SERVER = 'server member 10.0.0.1:80 weight 10 check';
const config = (server: string, ...checks: string[]): string =>
  ['backend pool', '    mode http', ...checks.map((check) => `    ${check}`), `    ${server}`, ''].join('\n');

/** Returns the saved state of the only server, or undefined if it is left out. */
function saved(values: Record<string, string | number>, ran: string, next: string): string | undefined {
  const text = serversStateFor(dump(line(values)), ran, next) ?? '';
  expect(text.split('\n').slice(0, 2)).toEqual(['1', HEADER]);
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.split('\n').slice(2, -1);
  expect(lines.length).toBeLessThan(2);
  return lines[0];
}

describe('of a server with an unchanged configuration', () => {
  const stays = config(SERVER);

  it.each<[string, Record<string, string | number>, Record<string, string | number>]>([
    ['nothing was changed', {}, {}],
    ['it is down', { srv_op_state: 0, srv_check_health: 0 }, { srv_op_state: 0, srv_check_health: 0 }],
    ['its weight was changed at run time', { srv_uweight: 77 }, { srv_uweight: 10 }],
    ['it was disabled once and is ready now', { srv_admin_state: 4 }, { srv_admin_state: 0 }],
    ['a check is under way', { srv_check_state: 7 }, { srv_check_state: 7 }],
  ])('only the health is kept if %s', (_case, values, expected) => {
    expect(saved(values, stays, stays)).toBe(line(expected));
  });

  it.each<[string, Record<string, string | number>]>([
    ['was put in maintenance', { srv_admin_state: 1 }],
    ['is in maintenance with one that it tracks', { srv_admin_state: 2 }],
    ['was drained', { srv_admin_state: 8 }],
    ['has another port at run time', { srv_port: 81 }],
    ['has another address at run time', { srv_addr: '10.0.0.2' }],
    ['has no address', { srv_addr: '-' }],
    ['speaks TLS', { srv_use_ssl: 1 }],
    ['is checked at another port', { srv_check_port: 81 }],
    ['is checked at another address', { srv_check_addr: '10.0.0.2' }],
    ['has its checks switched off', { srv_check_state: 2 }],
    ['has its agent checks switched off', { srv_agent_state: 18 }],
  ])('nothing is kept where it %s', (_case, values) => {
    expect(saved(values, stays, stays)).toBeUndefined();
  });

  it('no state is kept without a health check: nothing would ever bring the server up', () => {
    const unchecked = config('server member 10.0.0.1:80 weight 10');
    expect(saved({ srv_op_state: 0, srv_check_state: 0 }, unchecked, unchecked)).toBeUndefined();
  });

  it('the address, port and TLS of its check come from the configuration', () => {
    const text = config(`${SERVER} port 99 addr [fd00:0::2] ssl verify none`);
    const values = {
      srv_use_ssl: 1,
      srv_check_port: 99,
      srv_check_addr: 'fd00::2',
      srv_agent_addr: 'fd00::2',
      srv_agent_port: 99,
    };
    expect(saved(values, text, text)).toBe(line({ srv_use_ssl: 1 }));
  });

  it('the state of an agent check comes from the configuration', () => {
    const text = config(`${SERVER} agent-check agent-port 1234`);
    const values = { srv_agent_state: 22, srv_agent_addr: '10.0.0.9', srv_agent_port: 5 };
    expect(saved(values, text, text)).toBe(line({ srv_agent_state: 22 }));
  });

  it.each([
    SERVER.replace('10.0.0.1', 'localhost'),
    SERVER.replace('10.0.0.1', '"$ADDRESS"'),
    `${SERVER} addr localhost`,
  ])('no state is kept if a name stands for an address: %s', (server) => {
    expect(saved({ srv_check_addr: '10.0.0.1' }, config(server), config(server))).toBeUndefined();
    expect(saved({}, config(server), config(server))).toBeUndefined();
  });

  it('an IPv6 address is recognised in any spelling', () => {
    const text = config('server member fd00:0::1:80 weight 10 check');
    expect(saved({ srv_addr: 'fd00::1' }, text, text)).toBe(line({ srv_addr: 'fd00::1' }));
  });
});

describe('of a server with a changed configuration', () => {
  it.each<[string, Record<string, string | number>, string, string, string | undefined]>([
    ['to the weight of run time', { srv_uweight: 30 }, SERVER, `${SERVER} weight 30`, '30 30'],
    [
      'back over a weight of run time',
      { srv_uweight: 40 },
      `${SERVER} weight 30`,
      `${SERVER} weight 30`,
      '30 30',
    ],
    ['to another weight', {}, SERVER, `${SERVER} weight 0`, '0 0'],
    ['to disabled', {}, SERVER, `${SERVER} disabled`, '10 10'],
    ['to disabled while it is drained', { srv_admin_state: 8 }, SERVER, `${SERVER} disabled`, '10 10'],
    ['to enabled', { srv_admin_state: 5 }, `${SERVER} disabled`, SERVER, undefined],
    ['to enabled, as it is already', { srv_admin_state: 4 }, `${SERVER} disabled`, SERVER, '10 10'],
    [
      'not, but it is ready though disabled',
      { srv_admin_state: 4 },
      `${SERVER} disabled`,
      `${SERVER} disabled`,
      '10 10',
    ],
  ])(
    '%s: the weight and the maintenance come from the configuration',
    (_case, values, ran, next, weights) => {
      const [uweight = '', iweight = ''] = weights?.split(' ') ?? [];
      const kept = { ...values, srv_admin_state: 0, srv_uweight: uweight, srv_iweight: iweight };
      expect(saved(values, config(ran), config(next))).toBe(weights && line(kept));
    },
  );

  it.each<[string, string, Record<string, string | number>]>([
    ['port', SERVER.replace(':80', ':81'), {}],
    ['port, as at run time', SERVER.replace(':80', ':81'), { srv_port: 81 }],
    ['address', SERVER.replace('0.1', '0.2'), {}],
    ['monitor port', `${SERVER} port 81`, {}],
    ['monitor address', `${SERVER} addr 10.0.0.2`, {}],
    ['interval', `${SERVER} inter 9s`, {}],
    ['TLS', `${SERVER} ssl verify none`, {}],
    ['role', `${SERVER} backup`, {}],
  ])('nothing is kept where it gets another %s', (_what, next, values) => {
    expect(saved(values, config(SERVER), config(next))).toBeUndefined();
    expect(saved(values, config(next), config(SERVER))).toBeUndefined();
  });

  it.each(['option httpchk', 'http-check expect status 204', 'timeout check 1s'])(
    'nothing is kept where its backend gets another line "%s"',
    (check) => {
      expect(saved({}, config(SERVER), config(SERVER, check))).toBeUndefined();
    },
  );
});

describe('of several servers', () => {
  const lines = [line(), line({ srv_id: 2, srv_name: 'other' }), line({ be_id: 4, be_name: 'second' })];
  const both = `${config(SERVER)}    ${SERVER.replace('member', 'other')}\n`;

  it('the states are kept of servers that both configurations have', () => {
    expect(serversStateFor(dump(...lines), both, both)).toBe(`1\n${HEADER}\n${line()}\n${lines[1]}\n`);
    expect(serversStateFor(dump(...lines), both, config(SERVER))).toBe(`1\n${HEADER}\n${line()}\n`);
    expect(serversStateFor(dump(...lines), config(SERVER), both)).toBe(`1\n${HEADER}\n${line()}\n`);
  });

  it('no state is kept if the running configuration is unknown', () => {
    expect(serversStateFor(dump(...lines), undefined, both)).toBe(`1\n${HEADER}\n`);
  });
});

describe('a dump of server states', () => {
  const text = config(SERVER);

  it('of haproxy 2.2, which has fewer columns, is rewritten with those columns', () => {
    const short = (full: string): string => full.split(' ').slice(0, 20).join(' ');
    const header = HEADER.split(' ').slice(0, 21).join(' ');
    const answer = `1\n${header}\n${short(line({ srv_uweight: 5 }))}\n\n`;
    expect(serversStateFor(answer, text, text)).toBe(`1\n${header}\n${short(UP)}\n`);
  });

  it.each([
    ['is empty', ''],
    ['is of another version', dump(line()).replace(/^1/, '2')],
    ['has no header', `1\n${line()}\n`],
    ['lacks columns', dump(line()).replace(' srv_port', '')],
    [
      'has columns in another order',
      dump(line()).replace('srv_uweight srv_iweight', 'srv_iweight srv_uweight'),
    ],
    [
      'has a column that is not known',
      dump(line({ srv_agent_port: '0 1' })).replace('_port\n', '_port srv_new\n'),
    ],
    ['ends in the middle', dump(line()).trimEnd().slice(0, -9)],
    ['has a line of too few fields', dump('3 pool 1 member', line())],
    ['has a word where a number is to be', dump(line({ srv_admin_state: 'x' }))],
    ['is an error', 'Unknown command.\n'],
  ])('that %s is refused', (_case, answer) => {
    expect(serversStateFor(answer, text, text)).toBeUndefined();
  });

  it('never makes haproxy run anything but its configuration, even if it is damaged', () => {
    const whole = dump(line({ srv_uweight: 5 }), line({ srv_name: 'other' }));
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      put: fc.constantFrom('', ' ', '\n', '-', '0', '1', '9', 'x'),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = changes.reduce(
          (now, { at, put }) => `${now.slice(0, at)}${put}${now.slice(at + 1)}`,
          whole,
        );
        const lines = (serversStateFor(damaged, text, text) ?? `1\n${HEADER}\n`).split('\n');
        expect([...lines.slice(0, 2), lines.at(-1)]).toEqual(['1', HEADER, '']);
        for (const one of lines.slice(2, -1)) {
          const fields = one.split(' ');
          const values = Object.fromEntries(COLUMNS.map((column, index) => [column, fields[index]]));
          expect(values).toMatchObject({
            ...{
              be_name: 'pool',
              srv_name: 'member',
              srv_addr: '10.0.0.1',
              srv_port: '80',
              srv_use_ssl: expect.stringMatching(/^[^1]/),
            },
            ...{ srv_admin_state: '0', srv_uweight: '10', srv_iweight: '10' },
            ...{ srv_check_port: '0', srv_check_addr: '-', srv_agent_addr: '-', srv_agent_port: '0' },
          });
        }
      }),
    );
  });

  it('without a server has no states', () => {
    expect(serversStateFor(dump(), text, text)).toBe(`1\n${HEADER}\n`);
    expect(NO_SERVERS_STATE).toBe('1\n');
  });
});
