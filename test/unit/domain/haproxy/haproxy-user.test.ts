import { describe, expect, it } from 'vitest';
import { formerUserGroupText, groupText, withUser } from '../../../../src/domain/haproxy/haproxy-user.ts';

const ADDED = 'global\n    user nobody\n';

describe('a configuration gets a user', () => {
  it.each([
    ['where it names none', 'global\n  daemon\n'],
    ['where only a list of users has one', 'global\nuserlist u\n  user joe password x\n'],
    ['where a condition may leave it out', 'global\n.if 0\n user nobody\n.endif\n'],
    ['where it has no global section', 'frontend f\n  bind :80\n'],
  ])('%s', (_, text) => {
    expect(withUser(text)).toBe(text + ADDED);
  });
});

describe('a configuration stays as it is', () => {
  it.each([
    ['where it names its user', 'global\n    user nobody\nfrontend f\n'],
    ['where it names the number of its user', 'global\n    uid 65534\n'],
    ['where its user comes late', `global\n${'# a comment\n'.repeat(1000)}    user nobody\n`],
    ['where its user comes in a second global section', 'global\ndefaults\nglobal\n    user nobody\n'],
    ['where it is cut off, so that haproxy refuses it', 'global\n    daemon'],
  ])('%s', (_, text) => {
    expect(withUser(text)).toBe(text);
  });
});

it('the file beside it has a group only', () => {
  expect(groupText('root:x:0:\nnogroup:x:65534:\n')).toBe('global\n    group nogroup\n');
  expect(groupText('root:x:0:\nnobody:x:65534:\n')).toBe('global\n    group nobody\n');
  expect(formerUserGroupText('nogroup:x:65534:\n')).toBe('global\n    user nobody\n    group nogroup\n');
});
