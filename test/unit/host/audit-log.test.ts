import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAuditVerify } from '../../../src/commands/audit.ts';
import { FILE_BYTES, KEPT_FILES } from '../../../src/domain/audit/audit-files.ts';
import type { AuditedRequest } from '../../../src/domain/audit/audit-line.ts';
import { createAuditLog } from '../../../src/host/audit-log.ts';
import { createFiles } from '../../../src/host/files.ts';

const DEADLINE_MS = 60_000;

const request = (status = 202, subject = 'CN=controller'): AuditedRequest => ({
  ...{ time: '2026-11-28T20:00:00.000Z', client: { authority: 'controller', subject }, method: 'PUT' },
  ...{ path: '/1.0/config', status, milliseconds: 3 },
});

describe('the audit log', () => {
  let parent: string;
  let directory: string;
  let logged: { msg: string; hash?: string }[];

  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'audit-'));
    directory = path.join(parent, 'audit');
    logged = [];
  });
  afterEach(() => rm(parent, { recursive: true }));

  const start = () =>
    createAuditLog(directory, pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) }));
  const verify = async (target = directory, expected?: string) => {
    const { exitCode, output } = await runAuditVerify(
      target,
      { expect: expected, json: false },
      createFiles(),
    );
    return { exitCode, lines: output.trimEnd().split('\n') };
  };
  const write = async (log: ReturnType<typeof start>, count = 1): Promise<void> => {
    for (let index = 0; index < count; index += 1) log.add(request());
    await log.flushed(DEADLINE_MS);
  };
  const file = (number = 1): string => path.join(directory, `audit-00000${number}.jsonl`);
  const linesOf = async (number = 1): Promise<{ event?: string; number: number }[]> =>
    (await readFile(file(number), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('touches the disk with the first request only, and only root may read it', async () => {
    const log = start();
    await log.flushed(DEADLINE_MS);
    expect(await readdir(parent)).toEqual([]);
    await write(log);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(directory))
      expect((await stat(path.join(directory, name))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['audit-000001.jsonl', 'head.json']);
  });

  it('is whole, over ends and starts of the agent, and the own log has the hash of each line', async () => {
    await write(start(), 3);
    await write(start(), 2);
    expect(await linesOf()).toMatchObject([1, 2, 3, 4, 5].map((number) => ({ number, path: '/1.0/config' })));
    const hashes = logged.filter(({ msg }) => msg === 'audited request').map(({ hash }) => hash ?? '');
    expect(hashes).toHaveLength(5);
    expect(await verify()).toEqual({
      exitCode: 0,
      lines: [`${directory}: whole; 5 lines, 1 to 5, last hash ${hashes[4]}`],
    });
    for (const hash of hashes) expect((await verify(directory, hash)).exitCode).toBe(0);
    expect((await verify(directory, 'f'.repeat(64))).exitCode).toBe(1);
    expect((await verify(file())).exitCode).toBe(0);
  });

  it('goes on behind half a line of a killed agent, which it marks', async () => {
    await write(start(), 2);
    await appendFile(file(), '{"number":3,"time":"2026-11');
    expect(await verify()).toMatchObject({
      exitCode: 0,
      lines: [expect.stringContaining('note: '), expect.anything()],
    });
    await write(start());
    const { exitCode, lines: output } = await verify();
    expect(exitCode).toBe(0);
    expect(output[0]).toBe('note: audit-000001.jsonl:3: half a line: the agent was killed while it wrote it');
    expect(output[1]).toContain('4 lines, 1 to 4');
  });

  it('goes on behind a whole line without its end', async () => {
    await write(start(), 2);
    await truncate(file(), (await stat(file())).size - 1);
    await write(start());
    expect(await linesOf()).toHaveLength(3);
    expect((await verify()).exitCode).toBe(0);
  });

  it('records that lines at its end are gone, also while the agent runs', async () => {
    const log = start();
    await write(log, 3);
    const [first = ''] = (await readFile(file(), 'utf8')).split('\n');
    await truncate(file(), first.length + 1);
    expect(await verify()).toMatchObject({
      exitCode: 1,
      lines: ['the end: lines 2 to 3 are missing', expect.anything()],
    });
    await write(log);
    expect(await linesOf()).toMatchObject([
      { number: 1 },
      { number: 4, event: 'missing lines', from: 2, to: 3 },
      { number: 5 },
    ]);
    expect(await verify()).toMatchObject({
      exitCode: 1,
      lines: [
        'audit-000001.jsonl:2: before it, lines 2 to 3 are missing',
        expect.stringContaining('NOT whole: 1 faults'),
      ],
    });
  });

  it('records that a file, or all of them, were removed', async () => {
    const log = start();
    await write(log, 2);
    await rm(file());
    await write(log);
    expect(await linesOf()).toMatchObject([{ event: 'missing lines', from: 1, to: 2 }, { number: 4 }]);
    expect((await verify()).exitCode).toBe(1);
    await rm(directory, { recursive: true });
    expect(await verify()).toEqual({
      exitCode: 2,
      lines: [`amphora-agent: ${directory}: there is no audit log`],
    });
    await write(log);
    expect(await linesOf()).toMatchObject([{ number: 1 }]);
  });

  it('is rotated by size, keeps its newest files, and the chain goes over all of them', async () => {
    const log = start();
    const long = request(202, 'x'.repeat(20_000));
    const atOnce = Math.ceil(FILE_BYTES / JSON.stringify(long).length);
    for (let round = 0; round <= KEPT_FILES; round += 1) {
      for (let index = 0; index < atOnce; index += 1) log.add(long);
      await log.flushed(DEADLINE_MS);
    }
    const names = (await readdir(directory)).filter((name) => name !== 'head.json');
    expect(names).toHaveLength(KEPT_FILES);
    expect(names[0]).not.toBe('audit-000001.jsonl');
    expect((await verify()).exitCode).toBe(0);
    const [, second = ''] = names;
    await rename(path.join(directory, second), path.join(parent, second));
    expect(await verify()).toMatchObject({
      exitCode: 1,
      lines: expect.arrayContaining([`${second} is missing`]),
    });
    await rename(path.join(parent, second), path.join(directory, second));
    await write(start());
    expect((await verify()).exitCode).toBe(0);
  });

  it('goes on while it cannot be written, logs that once, and counts what it lacks', async () => {
    await writeFile(directory, 'no directory');
    const log = start();
    await write(log, 2);
    await write(log);
    const errors = logged.filter(({ msg }) => msg.startsWith('the audit log cannot be written'));
    expect(errors).toHaveLength(1);
    const audited = logged.filter(({ msg }) => msg === 'audited request');
    expect(audited.map(({ hash }) => hash)).toEqual([undefined, undefined, undefined]);
    await rm(directory);
    await write(log);
    expect(await linesOf()).toMatchObject([{ event: 'not written', requests: 3 }, { number: 2 }]);
    expect(logged.some(({ msg }) => msg === 'the audit log is written again')).toBe(true);
    expect((await verify()).exitCode).toBe(0);
  });

  it('is not filled by a client for monitoring: its refused requests are counted, also those before the end', async () => {
    const log = start();
    await write(log);
    const refused: AuditedRequest = { ...request(403), client: { authority: 'monitor', fingerprint: 'ab' } };
    for (let index = 0; index < 20_000; index += 1) log.addRefused(refused);
    await write(log);
    expect(await linesOf()).toMatchObject([{ status: 202 }, { status: 403 }, { status: 202 }]);
    await log.close(DEADLINE_MS);
    expect((await linesOf()).slice(3)).toMatchObject([
      { event: 'further refusals', requests: 19_999, client: refused.client, last: { path: '/1.0/config' } },
    ]);
    expect((await verify()).exitCode).toBe(0);
    await log.close(DEADLINE_MS);
    expect(await linesOf()).toHaveLength(4);
  });

  it('is never waited for', async () => {
    const log = start();
    for (let index = 0; index < 5000; index += 1) log.add(request());
    await log.flushed(DEADLINE_MS);
    await write(log);
    const [{ event = '', number } = { number: 0 }] = (await linesOf()).filter(
      (line) => line.event !== undefined,
    );
    expect([event, number]).toEqual(['not written', expect.any(Number)]);
    expect((await verify()).exitCode).toBe(0);
  });

  it('is printed as JSON for programs', async () => {
    await write(start());
    const { output } = await runAuditVerify(directory, { expect: undefined, json: true }, createFiles());
    expect(JSON.parse(output)).toMatchObject({ faults: [], lines: 1, first: 1, last: { number: 1 } });
  });
});
