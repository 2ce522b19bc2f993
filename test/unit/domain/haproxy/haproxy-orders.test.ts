import { describe, expect, it } from 'vitest';
import {
  type HaproxyOrders,
  NO_ORDERS,
  originOf,
  parseHaproxyOrders,
  serialiseHaproxyOrders,
  withStored,
} from '../../../../src/domain/haproxy/haproxy-orders.ts';

describe('the notes about the orders for a load balancer', () => {
  it.each<HaproxyOrders>([
    { wanted: 'running', stored: ['a'] },
    { wanted: 'stopped', stored: ['b', 'a'] },
    { wanted: undefined, stored: ['a'] },
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
});
