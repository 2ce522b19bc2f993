import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServiceLog, type ServiceLog } from '../../../src/host/services/supervisor-log.ts';

let directory: string;
let log: ServiceLog;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'log-'));
  log = createServiceLog(path.join(directory, 'service.log'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('the output of a supervised service', () => {
  it('is empty before the service prints', async () => {
    expect(await log.from(0)).toBe('');
  });

  it('can be read from a length on', async () => {
    await appendFile(log.file, 'old\n');
    const length = await log.length();
    await appendFile(log.file, 'new\n');
    expect(await log.from(length)).toBe('new\n');
    await appendFile(log.file, 'newer\n');
    expect(await log.from(length)).toBe('new\nnewer\n');
    expect(await log.from(0)).toBe('old\nnew\nnewer\n');
  });

  it('is returned with its last 8 KiB only', async () => {
    await appendFile(log.file, `${'a'.repeat(20_000)}${'b'.repeat(8192)}`);
    expect(await log.from(0)).toBe('b'.repeat(8192));
  });

  it('loses its beginning when it grows too long, never its end', async () => {
    await appendFile(log.file, `${'x'.repeat(2 * 1024 * 1024)}the end\n`);
    await log.trim();
    expect((await stat(log.file)).size).toBe(256 * 1024);
    await appendFile(log.file, 'after it\n');
    expect(await log.from(0)).toMatch(/the end\nafter it\n$/);
  });
});
