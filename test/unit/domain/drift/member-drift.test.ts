import { describe, expect, it } from 'vitest';
import { memberDrift, readConfiguredMembers } from '../../../../src/domain/drift/member-drift.ts';
import { NO_SERVERS, serverNames } from '../../../../src/domain/run-time/run-time-record.ts';
import {
  CHECK,
  dump,
  FIRST,
  ONE,
  SECOND,
  type Shown,
  TWO,
  text,
} from '../../../support/run-time/one-backend.ts';

const ONE_NAME = serverNames([{ backend: 'p:l', server: 'one' }]);
const NEITHER = { absent: NO_SERVERS, drained: NO_SERVERS };

/** Compares a configuration with the servers of a worker. @returns `SEEN -> COMMAND`, or `SEEN -> reload` */
const drift = (config: string, shown: readonly Shown[], records = NEITHER): string[] | undefined =>
  memberDrift({ configured: readConfiguredMembers(config), dump: dump(...shown), ...records })?.map(
    ({ seen, commands }) => `${seen} -> ${commands?.join() ?? 'reload'}`,
  );

describe('drift of members', () => {
  it.each<[string, string, readonly Shown[], string[]]>([
    ['as configured', text([ONE, TWO]), [FIRST, SECOND], []],
    [
      'another weight',
      text([ONE]),
      [{ ...FIRST, weight: 9 }],
      ['p:l/one: weight 9 -> set server p:l/one weight 1'],
    ],
    [
      'in maintenance',
      text([ONE]),
      [{ ...FIRST, admin: 1 }],
      ['p:l/one: maintenance -> set server p:l/one state ready'],
    ],
    [
      'in a drain of nobody',
      text([ONE]),
      [{ ...FIRST, admin: 8 }],
      ['p:l/one: drain -> set server p:l/one state ready'],
    ],
    [
      'enabled by hand',
      text([`${ONE} disabled`]),
      [{ ...FIRST, admin: 4 }],
      ['p:l/one: ready -> set server p:l/one state maint'],
    ],
    ['disabled by the text', text([`${ONE} disabled`]), [{ ...FIRST, admin: 5 }], []],
    ['in maintenance by the member that it tracks', text([ONE]), [{ ...FIRST, admin: 2 }], []],
    [
      'with slow start',
      text([`${ONE} slowstart 60s`]),
      [{ ...FIRST, weight: 9 }],
      ['p:l/one: weight 9 -> set server p:l/one weight 1'],
    ],
    [
      'with a health agent',
      text([`${ONE} agent-check agent-port 99`]),
      [{ ...FIRST, admin: 1, weight: 0 }],
      [],
    ],
    ['with a name for an address', text([`server one a.example:80 ${CHECK}`]), [{ ...FIRST, admin: 32 }], []],
    [
      'with another address',
      text([ONE]),
      [{ ...FIRST, address: '192.0.2.9' }],
      ['p:l/one: others -> reload'],
    ],
    ['without its check', text([ONE]), [{ ...FIRST, checkState: 2 }], ['p:l/one: none -> reload']],
    ['not there', text([ONE, TWO]), [FIRST], ['p:l/two: no such server -> reload']],
    ['a stranger', text([ONE]), [FIRST, SECOND], ['p:l/two: a server -> reload']],
    ['servers of a template', text([ONE, 'server-template s 2 192.0.2.2:80']), [FIRST, SECOND], []],
    [
      'servers that Lua may change',
      `global\n    lua-load /x.lua\n${text([ONE])}`,
      [{ ...FIRST, weight: 7 }],
      [],
    ],
    ['two servers with one name', text([ONE, ONE]), [FIRST, FIRST], []],
    ['conditional lines', `.if true\n${text([ONE])}.endif\n`, [{ ...FIRST, weight: 7 }], []],
    ['a backend of another configuration', text([]).replaceAll('p:l', 'q:l'), [FIRST], []],
  ])('%s', (_name, config, shown, expected) => {
    expect(drift(config, shown)).toEqual(expected);
  });

  it('leaves out a server with a drain, in every state', () => {
    for (const admin of [0, 1, 8])
      expect(drift(text([ONE]), [{ ...FIRST, admin, weight: 3 }], { ...NEITHER, drained: ONE_NAME })).toEqual(
        [],
      );
  });

  it('expects a removed server in maintenance', () => {
    const records = { ...NEITHER, absent: ONE_NAME };
    expect(drift(text([TWO]), [{ ...FIRST, admin: 1 }, SECOND], records)).toEqual([]);
    expect(drift(text([TWO]), [FIRST, SECOND], records)).toEqual([
      'p:l/one: ready -> set server p:l/one state maint',
    ]);
  });

  it('calls a weight a note, and a state a fault', () => {
    const configured = readConfiguredMembers(text([ONE]));
    const found = memberDrift({ configured, dump: dump({ ...FIRST, admin: 1, weight: 2 }), ...NEITHER });
    expect(found?.map(({ weight }) => weight)).toEqual(['fault', 'note']);
  });

  it('judges nothing in an unknown form', () => {
    expect(
      memberDrift({ configured: readConfiguredMembers(text([ONE])), dump: '2\n', ...NEITHER }),
    ).toBeUndefined();
  });
});
