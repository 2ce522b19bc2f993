import { expect, it } from 'vitest';
import { INTERPRETER } from '../../../packaging/bundle/bundle.ts';

/** The kernel ignores what follows (execve(2)), so Node would get only the first of its flags. */
const MOST_BYTES = 255;

it('the interpreter line of the agent is as short as the kernel needs it', () => {
  expect(Buffer.byteLength(INTERPRETER)).toBeLessThanOrEqual(MOST_BYTES);
});
