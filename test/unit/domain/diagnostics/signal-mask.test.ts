import { expect, it } from 'vitest';
import { handlesSignal } from '../../../../src/domain/diagnostics/signal-mask.ts';

const STATUS = `SigPnd:\tffffffffffffffff
SigBlk:\t0000000800000000
SigIgn:\t0000000000000001
SigCgt:\t0000000000000200
`;

it.each([
  [36, true],
  [1, true],
  [10, true],
  [35, false],
  [2, false],
  [64, false],
])('signal %i is handled by a process with these masks: %s', (signal, isHandled) => {
  expect(handlesSignal(STATUS, signal)).toBe(isHandled);
  expect(handlesSignal('', signal)).toBe(false);
});
