import { afterEach, expect, it, vi } from 'vitest';
import { CommandFailed } from '../../../../src/errors.ts';
import { beginCapture } from '../../../../src/host/network/capture-process.ts';

afterEach(() => void vi.unstubAllEnvs());

it('a capture on a machine without its programs says that they could not be started', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  const settings = { interfaceName: 'lo', filter: '', seconds: 1, bytes: 1000, payload: false };
  const failure = await beginCapture(settings, 'outside').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandFailed);
  expect(failure).toMatchObject({
    message: expect.stringContaining('could not be started: spawn timeout ENOENT'),
    timedOut: false,
  });
});
