import { expect, it } from 'vitest';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createCheckedTexts } from '../../../src/operations/haproxy/checked-texts.ts';

const ONE = loadBalancerId('110c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');
const OTHER = loadBalancerId('220c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');

it('knows exactly the last checked text of each load balancer', () => {
  const checked = createCheckedTexts();
  const has = (text: string): boolean => checked.includes(ONE, Buffer.from(text));
  expect(has('one')).toBe(false);
  checked.note(ONE, Buffer.from('one'));
  expect(has('one')).toBe(true);
  expect(has('One')).toBe(false);
  expect(checked.includes(OTHER, Buffer.from('one'))).toBe(false);
  checked.note(ONE, Buffer.from('two'));
  expect(has('one')).toBe(false);
});
