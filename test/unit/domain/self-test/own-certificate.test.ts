import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPki, issueServerCertificate, type Pki } from '../../../../sandbox/controller/pki.ts';
import { readServerCertificate } from '../../../../src/domain/certificates/server-certificate.ts';
import {
  certificateWarnings,
  judgeOwnCertificate,
} from '../../../../src/domain/self-test/own-certificate.ts';

const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const DAY_MS = 24 * 60 * 60 * 1000;

describe("the agent's certificate", () => {
  let directory: string;
  let pki: Pki;
  let own: string;
  let end: number;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'own-certificate-'));
    pki = await createPki(directory);
    const pem = await readFile(await issueServerCertificate(pki, ID, []), 'utf8');
    own = readServerCertificate(pem, 'test').chain;
    end = new X509Certificate(own).validToDate.getTime();
  });

  afterAll(() => rm(directory, { recursive: true }));

  const certificate = (changes: { chain?: string; amphoraId?: string; now?: Date } = {}) => ({
    file: '/s.pem',
    chain: own,
    amphoraId: ID,
    now: new Date(),
    ...changes,
  });
  const judged = (changes: Parameters<typeof certificate>[0] = {}) =>
    judgeOwnCertificate(certificate(changes)).map(({ state, message }) => `${state}: ${message}`);

  it('is well with the name of the amphora and a distant end', () => {
    expect(judged()).toEqual([expect.stringMatching(/^ok: valid until \d{4}-/)]);
  });

  it('is well with its issuer behind it', async () => {
    const authority = await readFile(pki.serverAuthority.certificate, 'utf8');
    expect(judged({ chain: `${own}\n${authority}` })).toEqual([expect.stringMatching(/^ok: /)]);
  });

  it('is degraded with a certificate behind it that did not issue it', async () => {
    const foreign = await readFile(pki.clientAuthority.certificate, 'utf8');
    expect(judged({ chain: `${own}\n${foreign}` })).toEqual([
      expect.stringMatching(/^degraded: the file has certificates that did not issue/),
    ]);
  });

  it('is broken for another amphora', () => {
    expect(judged({ amphoraId: 'other' })).toEqual([
      `broken: the certificate is for ${ID}, not for the amphora other: controllers refuse it`,
    ]);
  });

  it.each([
    [-8, /^ok: /],
    [-6, /^degraded: .* expires on /],
    [1, /^broken: .* expired on /],
    [-400, /^broken: .* is valid from .*, and the clock shows /],
  ])('%i days after its end is judged so: %s', (days, finding) => {
    expect(judged({ now: new Date(end + days * DAY_MS) })).toEqual([expect.stringMatching(finding)]);
  });

  it('has no warning about what the log of the start has already', () => {
    for (const days of [1, -400]) {
      expect(certificateWarnings(certificate({ now: new Date(end + days * DAY_MS) }))).toEqual([]);
    }
    expect(certificateWarnings(certificate({ now: new Date(end - DAY_MS) }))).toHaveLength(1);
  });
});
