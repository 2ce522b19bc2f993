import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServiceLog, type ServiceLog } from '../../../src/host/services/supervisor-log.ts';

let directory: string;
let log: ServiceLog;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'log-'));
  log = createServiceLog(path.join(directory, 'service.log'));
});

afterEach(() => rm(directory, { recursive: true }));

/** Returns a moment that is later than everything observed before, and earlier than everything afterwards. */
const now = async (): Promise<Date> => {
  await delay(3);
  return new Date();
};

describe('the output of a supervised service', () => {
  it('is empty before the service prints', async () => {
    expect(await log.since(new Date(0))).toBe('');
  });

  it('can be read from a mark on', async () => {
    await appendFile(log.file, 'old\n');
    await log.observe();
    const moment = await now();
    await appendFile(log.file, 'new\n');
    await log.observe();
    await appendFile(log.file, 'newer\n');
    expect(await log.since(moment)).toBe('new\nnewer\n');
    expect(await log.since(new Date(0))).toBe('old\nnew\nnewer\n');
  });

  it('is returned with its last 8 KiB only', async () => {
    await appendFile(log.file, `${'a'.repeat(20_000)}${'b'.repeat(8192)}`);
    expect(await log.since(new Date(0))).toBe('b'.repeat(8192));
  });

  it('loses its beginning when it grows too long, never its end', async () => {
    await appendFile(log.file, `${'x'.repeat(2 * 1024 * 1024)}the end\n`);
    await log.observe();
    expect((await stat(log.file)).size).toBe(256 * 1024);
    await appendFile(log.file, 'after it\n');
    expect(await log.since(new Date(0))).toMatch(/the end\nafter it\n$/);
  });
});
