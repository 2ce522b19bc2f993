import { expect, it } from 'vitest';
import { withoutControlCharacters } from '../../../../src/domain/text/control-characters.ts';

it.each([
  ['\tbind *:80 # é\r\n', '\tbind *:80 # é\r\n'],
  ['a\u0000b\u001fc\u007f', 'a?b?c?'],
  ['', ''],
])('the control characters of %j are shown as %j', (text, shown) => {
  const bytes = Buffer.from(text);
  expect(withoutControlCharacters(bytes).toString()).toBe(shown);
  expect(bytes.toString()).toBe(text);
});
