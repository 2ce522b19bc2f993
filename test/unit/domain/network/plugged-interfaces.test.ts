import { expect, it } from 'vitest';
import { withPluggedInterface } from '../../../../src/domain/network/plugged-interfaces.ts';

it('the list of plugged interfaces has an interface once, even if it is plugged twice', () => {
  const once = withPluggedInterface('', 'fa:16:3e:00:00:01', 'eth1');
  expect(once).toBe('fa:16:3e:00:00:01 eth1\n');
  expect(withPluggedInterface(once, 'fa:16:3e:00:00:01', 'eth1')).toBe(once);
});

it('the list of plugged interfaces keeps the others in their order and spelling', () => {
  expect(withPluggedInterface('FA:16:3E:00:00:02 eth2', 'fa:16:3e:00:00:01', 'eth1')).toBe(
    'FA:16:3E:00:00:02 eth2\nfa:16:3e:00:00:01 eth1\n',
  );
});

it('a plugged interface replaces an entry with the same MAC in another case, or with the same name', () => {
  const text = 'FA:16:3E:00:00:01 eth2\nfa:16:3e:00:00:09 eth1\n';
  expect(withPluggedInterface(text, 'fa:16:3e:00:00:01', 'eth1')).toBe('fa:16:3e:00:00:01 eth1\n');
});
