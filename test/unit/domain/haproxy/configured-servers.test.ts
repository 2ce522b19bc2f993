import { describe, expect, it } from 'vitest';
import {
  type ConfiguredServer,
  isCheckedAlike,
  readServer,
  type ServerLine,
  serverLines,
} from '../../../../src/domain/haproxy/configured-servers.ts';

interface Around {
  readonly above?: string;
  readonly before?: string;
  readonly behind?: string;
}

/** The server `s` of backend `b` with a line of its own and others around it. */
const lineOf = (line: string, { above = '', before = '', behind = '' }: Around = {}) =>
  serverLines(`${above}\nbackend b\n${before}\n    ${line}\n${behind}\n`).get('b')?.get('s');

const read = (line: string, around?: Around): ConfiguredServer | undefined => {
  const found = lineOf(line, around);
  return found && readServer(found);
};

describe('a server of a configuration', () => {
  it.each<[line: string, server: Partial<ConfiguredServer>]>([
    ['server s 10.0.0.1:80', { address: '10.0.0.1', port: 80, weight: 1, checkPort: 0 }],
    [
      'server s 10.0.0.1:80',
      { isDisabled: false, isChecked: false, usesTls: false, checkAddress: undefined },
    ],
    ['server s 10.0.0.1:80 weight 0', { weight: 0 }],
    ['server s 10.0.0.1:80 weight 5 weight 7', { weight: 7 }],
    ['server s 10.0.0.1:80 check port 81 addr 10.0.0.2', { checkPort: 81, checkAddress: '10.0.0.2' }],
    ['server s 10.0.0.1:80 disabled', { isDisabled: true }],
    ['server s 10.0.0.1:80 disabled enabled', { isDisabled: false }],
    ['server s 10.0.0.1:80 check ssl verify none no-check-ssl', { isChecked: true, usesTls: true }],
    ['server s 10.0.0.1:80 ssl no-ssl check no-check', { isChecked: false, usesTls: false }],
    ['server s ipv4@10.0.0.1:80', { address: '10.0.0.1' }],
    ['server s fd00:0::1:80', { address: 'fd00:0::1', port: 80 }],
    ['server s [fd00::1]:80 addr [fd00::2]', { address: 'fd00::1', checkAddress: 'fd00::2' }],
    ['server "s" \'10.0.0.1\':80 weight "3" # weight 4', { weight: 3 }],
  ])('is read from %s', (line, server) => {
    expect(read(line)).toMatchObject(server);
  });

  it.each([
    'server s 10.0.0.1',
    'server s 10.0.0.1:+80',
    'server s 10.0.0.1:80 weight',
    'server s 10.0.0.1:80 weight "$WEIGHT"',
    'server s 10.0.0.1:"$PORT"',
    'server s unix@/run/x.sock',
    'server s 10.0.0.1:80 check port',
    'server s',
    'server-template s 1 10.0.0.1:80',
  ])('is left out if the text does not define it completely: %s', (line) => {
    expect(read(line)).toBeUndefined();
  });

  it('is left out if its name occurs twice, in one section or in two', () => {
    const line = '    server s 10.0.0.1:80\n';
    expect(read(line, { behind: line })).toBeUndefined();
    expect(read(line, { behind: `${line}${line}` })).toBeUndefined();
    expect(read(line, { behind: `backend b\n${line}` })).toBeUndefined();
    expect(read(line, { behind: `backend b\n${line}backend b\n${line}` })).toBeUndefined();
  });

  it('is left out, as all others, if blocks of the text are conditional', () => {
    expect(read('server s 10.0.0.1:80', { above: '.if defined(X)\n.endif' })).toBeUndefined();
  });

  it('is read from a backend or a listen, not from peers or a ring', () => {
    const line = '    server s 10.0.0.1:80\n';
    const sections = ['backend a', 'listen b', 'peers c', 'ring d', 'log-forward e'];
    const found = serverLines(sections.map((section) => `${section}\n${line}`).join(''));
    expect([...found].map(([backend, servers]) => [backend, ...servers.keys()])).toEqual([
      ['a', 's'],
      ['b', 's'],
    ]);
  });

  it('has the options of default-server above it, and of its defaults', () => {
    const above = `defaults one
    default-server weight 9 check
defaults two from one
    default-server port 81
defaults
    default-server weight 8 disabled`;
    const line = 'server s 10.0.0.1:80 check';
    expect(read(line, { above })).toMatchObject({ weight: 8, isDisabled: true, checkPort: 0 });
    const own = { before: '    default-server weight 5', behind: '    default-server weight 6' };
    expect(read(line, { ...own, above })).toMatchObject({ weight: 5 });
    const named = serverLines(`${above}\nbackend b from two\n    ${line} weight 3`).get('b')?.get('s');
    expect(readServer(named as ServerLine)).toMatchObject({ weight: 3, isDisabled: false, checkPort: 81 });
  });
});

describe('the health check of a server', () => {
  const LINE = 'server s 10.0.0.1:80 check inter 5s';
  const AROUND = {
    above: 'defaults\n    mode http',
    before: '    timeout check 2s\n    option httpchk\n    http-check expect status 200',
  };
  /** Returns whether a server is checked like the one with LINE and AROUND. */
  const isAlike = (line: string, around: Around): boolean =>
    isCheckedAlike(lineOf(LINE, AROUND) as ServerLine, lineOf(line, around) as ServerLine);

  it.each<[string, string, typeof AROUND]>([
    ['weight', `${LINE} weight 7`, AROUND],
    ['disabled', `${LINE} disabled`, AROUND],
    ['enabled', `${LINE} enabled`, AROUND],
    [
      'lines of traffic',
      LINE,
      { ...AROUND, before: `${AROUND.before}\n    balance source\n    timeout server 1s` },
    ],
  ])('is the same with another %s', (_what, line, around) => {
    expect(isAlike(line, around)).toBe(true);
  });

  it.each<[string, string, typeof AROUND]>([
    ['port', LINE.replace(':80', ':81'), AROUND],
    ['address', LINE.replace('10.0.0.1', '10.0.0.2'), AROUND],
    ['interval', LINE.replace('5s', '6s'), AROUND],
    ['monitor port', `${LINE} port 81`, AROUND],
    ['TLS', `${LINE} ssl verify none`, AROUND],
    ['role', `${LINE} backup`, AROUND],
    ['mode', LINE, { ...AROUND, above: 'defaults\n    mode tcp' }],
    ['time limit', LINE, { ...AROUND, before: AROUND.before.replace('2s', '3s') }],
    ['kind of check', LINE, { ...AROUND, before: AROUND.before.replace('httpchk', 'ssl-hello-chk') }],
    ['kind of check taken away', LINE, { ...AROUND, before: `${AROUND.before}\n    no option httpchk` }],
    ['expected status', LINE, { ...AROUND, before: AROUND.before.replace('200', '204') }],
    ['step of a TCP check', LINE, { ...AROUND, before: `${AROUND.before}\n    tcp-check connect` }],
    ['command of checks', LINE, { ...AROUND, before: `${AROUND.before}\n    external-check command /x` }],
  ])('differs with another %s', (_what, line, around) => {
    expect(isAlike(line, around)).toBe(false);
  });
});
