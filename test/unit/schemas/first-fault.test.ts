import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseUntilFault } from '../../../src/schemas/models/first-fault.ts';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';

const LIST = z.object({ items: z.array(z.object({ name: z.string(), port: z.int() })) });

it('the faults of a list are those of its first wrong item', () => {
  const { error } = parseUntilFault(LIST, { items: [{ name: 'a', port: 1 }, { name: 2 }, {}, 4] });
  expect(error?.issues.map(({ path }) => path.slice(0, 2))).toEqual([['items', 1]]);
});

it('a valid document is returned as by its schema', () => {
  const right = { items: [{ name: 'a', port: 1 }] };
  expect(parseUntilFault(LIST, right)).toEqual({ success: true, data: right });
});

const model = (listeners: number): unknown => ({
  loadbalancer_id: '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a01',
  vip_address: '10.0.1.100',
  listeners: Array.from({ length: listeners }, () => ({})),
});
const faultsOf = (listeners: number): string[] => {
  try {
    parseLoadBalancerModel(model(listeners));
    return [];
  } catch (error) {
    return (error instanceof Error ? error.message : '').split('\n');
  }
};

it('the faults of a model are all named, and of a very large one those of the first wrong item', () => {
  expect(faultsOf(3).filter((line) => line.startsWith('listeners[2]'))).not.toEqual([]);
  const ofMany = faultsOf(100_000);
  expect(ofMany.length).toBeLessThan(20);
  expect(ofMany[0]).toMatch(/^listeners\[0\]\./);
});
