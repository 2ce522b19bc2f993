import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../../src/domain/text/nearest-name.ts';

const KNOWN = ['bind_host', 'bind_port', 'heartbeat_interval', 'debug'];

describe('the suggestion for a mistyped name', () => {
  it.each([
    ['bind_prt', 'bind_port'],
    ['bind_hosts', 'bind_host'],
    ['hartbeat_intervall', 'heartbeat_interval'],
    ['debgu', undefined],
    ['debg', 'debug'],
    ['something_else', undefined],
    ['', undefined],
  ])('of %j is %j', (typed, meant) => {
    expect(nearestName(typed, KNOWN)).toBe(meant);
  });

  it('is the nearest of several names', () => {
    expect(nearestName('bind_hort', KNOWN)).toBe('bind_host');
  });
});
