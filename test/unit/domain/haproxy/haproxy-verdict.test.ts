import { expect, it } from 'vitest';
import { withVerdict } from '../../../../src/domain/haproxy/haproxy-verdict.ts';

it.each([
  ['haproxy 2.6', 'Configuration file is valid\n', 'Configuration file is valid\n'],
  ['haproxy 3.0', '', 'Configuration file is valid\n'],
  ['haproxy 3.0 with a warning', '[WARNING] x\n', '[WARNING] x\nConfiguration file is valid\n'],
])('the verdict of haproxy about %s is the last line', (_version, output, expected) => {
  expect(withVerdict(output)).toBe(expected);
});
