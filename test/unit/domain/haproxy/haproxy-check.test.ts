import { describe, expect, it } from 'vitest';
import {
  checkMemory,
  haproxyCheck,
  inMemory,
  ranOutOfMemory,
} from '../../../../src/domain/haproxy/haproxy-check.ts';

const MIB = 1024 * 1024;

describe('the check of a configuration', () => {
  it('reads the file with the small cache last', () => {
    const command = haproxyCheck({ haproxyCmd: '/usr/sbin/haproxy', files: ['/a', '/b'], peer: 'p' });
    const files = ['/a', '/b', '/var/lib/octavia/haproxy-check.conf'].flatMap((file) => ['-f', file]);
    expect(command).toEqual(['/usr/sbin/haproxy', '-c', ...files, '-L', 'p']);
  });

  it.each([
    ['1 GiB', 1024, 512],
    ['2 GiB', 2048, 512],
    ['24 GiB', 24_576, 6144],
  ])(
    'may use a quarter of the memory of a machine with %s, and enough for a large configuration',
    (_what, mib, limit) => {
      expect(checkMemory(mib * 1024)).toBe(limit * MIB);
    },
  );

  it('runs with that limit of its address space', () => {
    expect(inMemory(7, ['haproxy', '-c'])).toEqual(['prlimit', '--as=7:7', '--', 'haproxy', '-c']);
  });

  it.each([
    '[ALERT]    (1) : (null)out of memory.',
    '[ALERT]    (1) : config : Unable to allocate SSL session cache.',
    '[ALERT]    (1) : config : failed to allocate lb_nodes for server s875.',
    "[ALERT]    (1) : config : parsing [x:12] : fail to set sink buffer size '16384' for ring 'r'.",
    '[ALERT]    (1) : config : Internal error: invalid default message for HTTP return code 404: (null).',
  ])('reports a lack of memory if haproxy prints: %s', (output) => {
    expect(ranOutOfMemory(512 * MIB, { output, signal: undefined })).toBe(
      'haproxy could not load this configuration in the 512 MiB of memory that a check may use\n',
    );
  });

  it('reports the signal that ended haproxy, and no lack of memory if haproxy found a fault', () => {
    expect(ranOutOfMemory(512 * MIB, { output: '', signal: 'SIGSEGV' })).toBe(
      'haproxy crashed (SIGSEGV) while it loaded this configuration, perhaps for lack of memory: its limit was the 512 MiB of memory that a check may use\n',
    );
    expect(ranOutOfMemory(512 * MIB, { output: "unknown keyword 'bogus'", signal: undefined })).toBe('');
  });
});
