import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggedSecrets } from '../../../support/amphora/logged-secrets.ts';

const [pem = ''] = rootCertificates;
const line = pem.split('\n')[3] ?? '';

describe('the search of logs for secrets', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'logged-secrets-'));
    await mkdir(path.join(directory, 'deeper'));
    await writeFile(path.join(directory, 'deeper/some.pem'), pem);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('finds a single line of a PEM, and another secret', async () => {
    const log = `{"msg":"broken: ${line}\\n"}\n{"key":"s3cret"}`;
    expect(await loggedSecrets(log, directory, ['s3cret', 'other'])).toEqual([line, 's3cret']);
  });

  it('finds nothing in a log without any', async () => {
    expect(await loggedSecrets('-----BEGIN CERTIFICATE-----', directory, ['s3cret'])).toEqual([]);
  });
});
