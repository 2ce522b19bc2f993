import { describe, expect, it } from 'vitest';
import {
  type HaproxyOrders,
  isOrdered,
  NO_ORDERS,
  originOf,
  parseHaproxyOrders,
  serialiseHaproxyOrders,
  withStored,
} from '../../../../src/domain/haproxy/haproxy-orders.ts';

describe('the notes about the orders for a load balancer', () => {
  it.each<HaproxyOrders>([
    { wanted: 'running', stored: ['a'], ordered: 'a' },
    { wanted: 'stopped', stored: ['b', 'a'], ordered: undefined },
    { wanted: undefined, stored: ['a'], ordered: undefined },
  ])('are read as they were written', (orders) => {
    expect(parseHaproxyOrders(serialiseHaproxyOrders(orders))).toEqual(orders);
  });

  it.each([undefined, '', '{', '[]', '{}', '{"wanted":"running","stored":1}'])(
    'are none in the text %s',
    (text) => {
      expect(parseHaproxyOrders(text)).toEqual(NO_ORDERS);
    },
  );

  it('tell who stored a configuration, also when the agent was killed before it stored the newest', () => {
    const orders = ['a', 'b', 'b', 'c'].reduce(withStored, NO_ORDERS);
    expect(orders.stored).toEqual(['c', 'b']);
    expect(['c', 'b', 'a'].map((md5) => originOf(md5, orders))).toEqual(['agent', 'agent', 'hand']);
    expect(originOf('a', NO_ORDERS)).toBe('unknown');
  });

  it.each([
    [true, 'without notes', {}],
    [true, 'when it was ordered', { stored: ['b', 'a'], ordered: 'a' }],
    [false, 'when it was only stored', { stored: ['a'] }],
    [false, 'when another one was ordered', { ordered: 'b' }],
    [false, 'when somebody wrote it beside the agent', { stored: ['b'] }],
  ])('answer %j to whether haproxy may run a configuration %s', (expected, _case, orders) => {
    expect(isOrdered('a', { ...NO_ORDERS, ...orders })).toBe(expected);
  });
});
