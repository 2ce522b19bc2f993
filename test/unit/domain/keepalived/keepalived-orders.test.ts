import { describe, expect, it } from 'vitest';
import {
  type KeepalivedFacts,
  type KeepalivedOrders,
  parseOrders,
  serialiseOrders,
  textOfKeepalived,
} from '../../../../src/domain/keepalived/keepalived-orders.ts';

/** keepalived runs the configuration `old` since 900 s; the stored file was replaced by `new` 100 s ago. */
const REPLACED: KeepalivedFacts = {
  ...{ stored: 'new', changeAge: 100, pid: 7, processAge: 900 },
  orders: { wanted: 'running', ordered: 'old', applied: { md5: 'old', pid: 7 } },
  ordersAge: 800,
};

describe('the configuration that keepalived runs', () => {
  it.each<[string, Partial<KeepalivedFacts>, ReturnType<typeof textOfKeepalived>]>([
    ['is an earlier one after an upload without a reload', {}, 'pending'],
    ['is the stored one when that is the one that it confirmed', { stored: 'old' }, 'same'],
    [
      'is an earlier one when a reload was ordered and not confirmed',
      { orders: { wanted: 'running', ordered: 'new', applied: { md5: 'old', pid: 7 } } },
      'interrupted',
    ],
    ['is the stored one when the process is younger than the file', { processAge: 50 }, 'same'],
    ['is unknown when another process confirmed the earlier one', { pid: 8 }, 'same'],
    [
      'is unknown when the process with the same number is younger than the note',
      { processAge: 700 },
      'same',
    ],
    ['is unknown without notes', { orders: undefined, ordersAge: undefined }, 'same'],
    [
      'is unknown when no start was confirmed',
      { orders: { wanted: 'running', ordered: 'new', applied: undefined } },
      'same',
    ],
  ])('%s', (_name, facts, expected) => {
    expect(textOfKeepalived({ ...REPLACED, ...facts })).toBe(expected);
  });
});

describe('the notes about keepalived', () => {
  it.each<KeepalivedOrders>([
    { wanted: 'stopped', ordered: 'a', applied: undefined },
    { wanted: 'running', ordered: 'a', applied: { md5: 'b', pid: 3 } },
    { wanted: undefined, ordered: 'a', applied: { md5: 'b', pid: 3 } },
  ])('are read as they were written', (orders) => {
    expect(parseOrders(serialiseOrders(orders))).toEqual(orders);
  });

  it.each([undefined, '', '{', '[]', '{"ordered":1}'])('are none in the text %s', (text) => {
    expect(parseOrders(text)).toBeUndefined();
  });
});
