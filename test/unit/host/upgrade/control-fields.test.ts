import { afterEach, expect, it, vi } from 'vitest';
import { createCommandRunner } from '../../../../src/host/command.ts';
import { readControlFields } from '../../../../src/host/upgrade/control-fields.ts';

afterEach(() => void vi.unstubAllEnvs());

it('a machine without dpkg-deb gets the name of the package that brings it', async () => {
  vi.stubEnv('PATH', '/proc/self/fd');
  await expect(readControlFields(createCommandRunner(), 'haproxy.deb')).rejects.toThrow(
    'dpkg-deb is missing, which reads Debian packages: install the package dpkg',
  );
});
