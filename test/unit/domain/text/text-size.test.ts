import { expect, it } from 'vitest';
import { oversizeOfConfiguration } from '../../../../src/domain/text/text-size.ts';

const LONGEST = 'x'.repeat(64 * 1024);

it.each([
  ['nothing', '', undefined],
  ['one line without an end', 'x', undefined],
  ['as many lines as there may be', '\n'.repeat(200_000), undefined],
  ['one line more', '\n'.repeat(200_001), 'more than 200000 lines'],
  ['one line more, without an end', `${'\n'.repeat(200_000)}x`, 'more than 200000 lines'],
  ['lines as long as they may be', `${LONGEST}\n${LONGEST}`, undefined],
  ['a line that is longer', `a\n${LONGEST}x\n`, 'line 2 is longer than 65536 bytes'],
  ['a last line that is longer', `a\n\n${LONGEST}x`, 'line 3 is longer than 65536 bytes'],
])('the size of a configuration: %s', (_what, text, words) => {
  expect(oversizeOfConfiguration(Buffer.from(text))).toBe(words);
});
