import { expect, it } from 'vitest';
import { shownLines } from '../../fresh/shown-lines.ts';

it('the shown lines of a failed step are those of failed tests and the last hundred, each cut', () => {
  const passed = Array.from({ length: 200 }, (_, number) => `✓ test ${number}`);
  const output = ['\u001b[31m× broken\u001b[39m', ...passed, 'x'.repeat(1000), '200 passed, 1 failed', ''];
  const lines = shownLines(output.join('\n'));
  expect(lines).toHaveLength(101);
  expect(lines[0]).toBe('× broken');
  expect(lines.slice(1, -2)).toEqual(passed.slice(-98));
  expect(lines.at(-2)).toBe('x'.repeat(300));
  expect(lines.at(-1)).toBe('200 passed, 1 failed');
});
