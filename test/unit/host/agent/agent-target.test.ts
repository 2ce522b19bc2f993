import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionFault, InvalidTarget } from '../../../../src/host/agent/agent-errors.ts';
import { readCredentials, targetName, wrongName } from '../../../../src/host/agent/agent-target.ts';

const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const OTHER = '00000000-0000-4000-8000-000000000000';

describe('the names of a certificate', () => {
  it.each([
    [[ID], ID, undefined],
    [['x', ID.toUpperCase()], ID, undefined],
    [[ID], undefined, undefined],
    [[ID], OTHER, `its certificate is that of amphora ${ID}, not ${OTHER}`],
    [['controller', ''], undefined, 'its certificate is not that of an amphora: it does not name an id'],
    [[], ID, 'its certificate is not that of an amphora: it does not name an id'],
  ])('%j are right for amphora %s or not', (names, amphora, expected) => {
    expect(wrongName(names, amphora)).toBe(expected);
  });
});

describe('the name of an agent', () => {
  it('is its socket, or host and port as in a URL', () => {
    const remote = { kind: 'remote', port: 1, amphora: ID, secureContext: createSecureContext() } as const;
    expect(targetName({ kind: 'local', socket: '/x.sock' })).toBe('/x.sock');
    expect(targetName({ ...remote, host: '10.0.0.1' })).toBe('10.0.0.1:1');
    expect(targetName({ ...remote, host: 'fd00::1' })).toBe('[fd00::1]:1');
  });
});

describe('the files of a client', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'credentials-'));
    await writeFile(path.join(directory, 'text'), 'no PEM');
    await writeFile(
      path.join(directory, 'pem'),
      '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n',
    );
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    ['text', '--cert .*text: it has no PEM block'],
    ['missing', '--cert .*missing: ENOENT'],
    ['pem', '--cacert .*pem: '],
  ])('are refused with the option and the file: %s', (name, message) => {
    const file = path.join(directory, name);
    const read = () => readCredentials({ cert: file, key: undefined, ca: file });
    expect(read).toThrow(InvalidTarget);
    expect(read).toThrow(new RegExp(message));
  });
});

describe('the reason of a failed connection', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['SELF_SIGNED_CERT_IN_CHAIN', '--cacert has not signed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '--cacert has not signed'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'does not accept the client certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'does not accept the client certificate'],
    ['EOTHER', 'as Node says it'],
  ])('of %s is a sentence', (code, expected) => {
    expect(connectionFault(Object.assign(new Error('as Node says it'), { code }))).toContain(expected);
  });
});
