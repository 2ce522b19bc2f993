import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../runner/arguments.ts';

describe('the arguments of npm test', () => {
  it('select all groups on this machine if there are none', () => {
    expect(parseArguments([])).toEqual({
      groups: ['lint', 'types', 'unit', 'integration', 'interop', 'systemd'],
      suite: undefined,
      slowest: false,
      without: [],
      args: [],
    });
  });

  it.each([[['integration', '--without', 'agent,faults']], [['--without=agent,faults', 'integration']]])(
    'leave out folders: %j',
    (words) => {
      expect(parseArguments(words)).toMatchObject({
        groups: ['integration'],
        without: ['agent', 'faults'],
        args: [],
      });
    },
  );

  it.each([
    [['--suite', 'trixie', 'integration', 'vrrp']],
    [['integration', '--suite', 'trixie', 'vrrp']],
    [['integration', 'vrrp', '--suite=trixie']],
  ])('accept a Debian release at any place: %j', (words) => {
    expect(parseArguments(words)).toMatchObject({
      groups: ['integration'],
      suite: 'trixie',
      args: ['vrrp'],
    });
  });

  it('refuse an unknown Debian release with the choices', () => {
    expect(() => parseArguments(['--suite', 'sid'])).toThrow(
      'unknown suite: sid (choose bookworm or trixie)',
    );
    expect(() => parseArguments(['--suite'])).toThrow('unknown suite:  (choose bookworm or trixie)');
  });

  it('select the list of all files by their time', () => {
    expect(parseArguments(['--slowest', 'unit'])).toMatchObject({
      groups: ['unit'],
      slowest: true,
      args: [],
    });
  });

  it('add the group peer', () => {
    expect(parseArguments(['interop', '--peer'])).toMatchObject({ groups: ['interop', 'peer'], args: [] });
  });
});
