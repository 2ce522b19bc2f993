import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mapsReplacedFiles,
  parseCpuTimes,
  parseDpkgVersions,
  parseLoad,
  parseMemoryUse,
  parseNetDev,
  parseRpmVersions,
} from '../../../src/domain/proc-files.ts';

describe('/proc files', () => {
  it('give the times of all processors, summed over every column', () => {
    const stat = 'cpu  8058 3 4766 295700 456 1 111 10 2 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    expect(parseCpuTimes(stat)).toEqual({ total: 309107, user: '8058', system: '4766', soft_irq: '111' });
  });

  it('give the traffic of a namespace', () => {
    const dev = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0',
      '  eth1: 18446744073 12 0 0 0 0 0 0 1176 9 0 0 0 0 0 0',
      'eth10:586 5 0 0 0 0 0 0 7 1 0 0 0 0 0 0',
      '',
    ].join('\n');
    expect(parseNetDev(dev)).toEqual([
      { name: 'lo', receivedBytes: 0, sentBytes: 0 },
      { name: 'eth1', receivedBytes: 18446744073, sentBytes: 1176 },
      { name: 'eth10', receivedBytes: 586, sentBytes: 7 },
    ]);
  });

  it('give memory in KiB', () => {
    const meminfo = [
      'MemTotal:       24684084 kB',
      'MemFree:        24053284 kB',
      'MemAvailable:   24267744 kB',
      'Buffers:            3124 kB',
      'Cached:           378572 kB',
      'SwapCached:           12 kB',
      'Active(anon):      10240 kB',
      'Shmem:             21152 kB',
      'Slab:             146992 kB',
      'HugePages_Total:       0',
    ].join('\n');
    expect(parseMemoryUse(meminfo)).toEqual({
      total: 24684084,
      free: 24053284,
      buffers: 3124,
      cached: 378572,
      swap_used: 12,
      shared: 21152,
      slab: 146992,
    });
  });

  it('give the load as three texts', () => {
    expect(parseLoad('0.12 1.06 0.04 1/300 1234\n')).toEqual(['0.12', '1.06', '0.04']);
  });

  it('are read without an exception for any content', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Number.isFinite(parseCpuTimes(text).total)).toBe(true);
        expect(Object.values(parseMemoryUse(text)).every(Number.isFinite)).toBe(true);
        expect(parseLoad(text)).toHaveLength(3);
      }),
    );
  });
});

describe('package managers', () => {
  it('dpkg: a package that is not installed has no version', () => {
    const output =
      'haproxy\t2.6.12-1+deb12u4\tinstalled\nkeepalived\t1:2.2.7-1+b2\tconfig-files\nipvsadm\t\tnot-installed\n';
    expect(parseDpkgVersions(output)).toEqual(new Map([['haproxy', '2.6.12-1+deb12u4']]));
  });

  it('rpm: its message about a missing package is no version', () => {
    const output = 'haproxy\t2.4.22\npackage ipvsadm is not installed\n';
    expect(parseRpmVersions(output)).toEqual(new Map([['haproxy', '2.4.22']]));
  });
});

describe('mapsReplacedFiles', () => {
  const line = (rights: string, path: string): string =>
    `7f0000000000-7f0000001000 ${rights} 00000000 08:01 4711    ${path}`;

  it('finds code of a program or a library that was replaced', () => {
    expect(
      mapsReplacedFiles(
        [line('r--p', '/usr/sbin/haproxy'), line('r-xp', '/usr/sbin/haproxy (deleted)')].join('\n'),
      ),
    ).toBe(true);
    expect(mapsReplacedFiles(line('r-xp', '/usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)'))).toBe(true);
  });

  it('ignores code of present files, and other memory without a file', () => {
    const lines = [
      line('r-xp', '/usr/sbin/haproxy'),
      line('rw-s', '/dev/zero (deleted)'),
      line('r-xp', '/memfd:code (deleted)'),
      line('r--p', '/usr/share/locale/x (deleted)'),
      line('r-xp', '[vdso]'),
    ];
    expect(mapsReplacedFiles(lines.join('\n'))).toBe(false);
    expect(mapsReplacedFiles('')).toBe(false);
  });
});
