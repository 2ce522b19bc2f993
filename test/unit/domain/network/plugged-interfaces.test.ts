import { expect, it } from 'vitest';
import { withPluggedInterface } from '../../../../src/domain/network/plugged-interfaces.ts';

it('names an interface once, however often it is plugged', () => {
  const once = withPluggedInterface('', 'fa:16:3e:00:00:01', 'eth1');
  expect(once).toBe('fa:16:3e:00:00:01 eth1\n');
  expect(withPluggedInterface(once, 'fa:16:3e:00:00:01', 'eth1')).toBe(once);
});

it('keeps the others, in their order and spelling', () => {
  expect(withPluggedInterface('FA:16:3E:00:00:02 eth2', 'fa:16:3e:00:00:01', 'eth1')).toBe(
    'FA:16:3E:00:00:02 eth2\nfa:16:3e:00:00:01 eth1\n',
  );
});

it('takes the place of an entry with the same MAC in other case, or with the same name', () => {
  const text = 'FA:16:3E:00:00:01 eth2\nfa:16:3e:00:00:09 eth1\n';
  expect(withPluggedInterface(text, 'fa:16:3e:00:00:01', 'eth1')).toBe('fa:16:3e:00:00:01 eth1\n');
});
