import { describe, expect, it } from 'vitest';
import { shortage } from '../../../../src/domain/haproxy/machine-limits.ts';

const KIB_PER_MIB = 1024;
const nothing = { cacheBlocks: undefined, descriptors: undefined };
const machine = { memoryKib: 4096 * KIB_PER_MIB, openFiles: { count: 20_000, runningPid: undefined } };
const descriptors = { atLeast: 125_000, directive: 'maxconn', value: 50_000 } as const;

describe('the resources that a machine lacks', () => {
  it('are none if haproxy gets the resources that it needs', () => {
    expect(shortage(nothing, machine)).toBe('');
    const needs = { cacheBlocks: 4_000_000, descriptors: { ...descriptors, atLeast: 20_000 } };
    expect(shortage(needs, machine)).toBe('');
  });

  it('are none if its resources are unknown', () => {
    expect(shortage({ ...nothing, descriptors }, { ...machine, openFiles: undefined })).toBe('');
  });

  it('include memory for a TLS session cache', () => {
    expect(shortage({ ...nothing, cacheBlocks: 32_000_000 }, machine)).toBe(
      'tune.ssl.cachesize 32000000: haproxy would need 7325 MiB of memory for it, and this machine has 4096 MiB\n',
    );
  });

  it('include file descriptors for a haproxy that starts, with the number of connections that fit', () => {
    expect(shortage({ ...nothing, descriptors }, machine)).toBe(
      'maxconn 50000: haproxy would need 125000 file descriptors for it, and a haproxy that is started here can have 20000; ' +
        'raise the limit of open files (RLIMIT_NOFILE) of this machine or container, or have some 8000 connections at most\n',
    );
  });

  it('include file descriptors for a running haproxy, which has a limit of its own', () => {
    expect(
      shortage(
        { ...nothing, descriptors: { atLeast: 60_000, directive: 'ulimit-n', value: 60_000 } },
        { ...machine, openFiles: { count: 20_000, runningPid: 12 } },
      ),
    ).toBe(
      'ulimit-n 60000: haproxy would need 60000 file descriptors for it, and haproxy, process 12, can have 20000; ' +
        'raise the limit of open files (RLIMIT_NOFILE) and start haproxy again\n',
    );
  });
});
