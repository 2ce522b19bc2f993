import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  payloadOf,
  readAuthorities,
  readCertificate,
} from '../../../../src/domain/run-time/certificate-contents.ts';
import { certificatePlan } from '../../../../src/domain/run-time/certificate-plan.ts';
import { readCrtList } from '../../../../src/domain/run-time/crt-list.ts';
import { namedFiles } from '../../../../src/domain/run-time/named-files.ts';
import { namedCertificate } from '../../../support/certificates/named-certificate.ts';
import { CA, OTHER_CA } from '../../../support/certificates/shown-certificates.ts';

type Texts = Readonly<Record<string, string>>;

const CONFIG = `frontend f
    bind 192.0.2.1:443 ssl crt-list /c/l
`;

/** Decides between files on disk and files that a worker has, each by its path. */
function plan(disk: Texts, worker: Texts, { config = CONFIG, isLoaded = false } = {}) {
  const files = namedFiles(config);
  if ('refusal' in files) throw new Error(files.refusal);
  const shownCertificate = (text: string) => {
    const found = readCertificate(text);
    return found && { fingerprint: found.fingerprint, chain: found.chain };
  };
  const texts = Object.entries(worker);
  return certificatePlan({
    files,
    disk: (file) => disk[file],
    shown: {
      lists: new Map(texts.map(([file, text]) => [file, readCrtList(text)])),
      certificates: new Map(texts.map(([file, text]) => [file, shownCertificate(text)])),
      authorities: new Map(texts.map(([file, text]) => [file, readAuthorities(text)])),
      revocations: new Map(),
    },
    isLoaded: () => isLoaded,
  });
}

const directory = mkdtempSync(path.join(tmpdir(), 'certificate-plan-'));
afterAll(() => rmSync(directory, { recursive: true }));
const make = (...names: readonly string[]): string => namedCertificate(directory, ...names);
const A = make('a.example.org');
const RENEWED = make('a.example.org');
const B = make('b.example.org', '*.b.example.org');
const WILD = make('*.wild.example.org');
const LIST = '/c/a.pem\n/c/b.pem\n';
const WORKER = { '/c/l': LIST, '/c/a.pem': A, '/c/b.pem': B };
const fingerprint = (pem: string): string | undefined => readCertificate(pem)?.fingerprint;
const UNCHANGED = { kind: 'changes', count: 0, contents: [], additions: [], removals: [], handshakes: [] };

describe('certificatePlan', () => {
  it('changes nothing when the worker has the files', () => {
    expect(plan(WORKER, WORKER)).toMatchObject(UNCHANGED);
  });

  it('replaces a certificate, and expects it in a handshake', () => {
    expect(plan({ ...WORKER, '/c/a.pem': RENEWED }, WORKER)).toMatchObject({
      count: 1,
      contents: [{ name: '/c/a.pem', file: '/c/a.pem', payload: payloadOf(RENEWED), isNew: false }],
      handshakes: [
        { address: '192.0.2.1', port: 443, serverName: 'a.example.org', fingerprint: fingerprint(RENEWED) },
      ],
    });
  });

  it('replaces the default under the name that the worker has for it', () => {
    const disk = { '/c/l': '/c/new.pem\n/c/b.pem\n', '/c/new.pem': RENEWED, '/c/b.pem': B };
    expect(plan(disk, WORKER)).toMatchObject({
      count: 1,
      contents: [{ name: '/c/a.pem', file: '/c/new.pem', isNew: false }],
      additions: [],
      removals: [],
      unused: [],
    });
    // later, the worker has the new content under the earlier name
    expect(plan(disk, { ...WORKER, '/c/a.pem': RENEWED })).toMatchObject(UNCHANGED);
  });

  it('adds and removes certificates', () => {
    const disk = { ...WORKER, '/c/l': '/c/a.pem\n/c/w.pem\n', '/c/w.pem': WILD };
    expect(plan(disk, WORKER)).toMatchObject({
      count: 2,
      contents: [{ name: '/c/w.pem', isNew: true }],
      additions: [{ list: '/c/l', entry: { name: '/c/w.pem' } }],
      removals: [{ list: '/c/l', name: '/c/b.pem' }],
      unused: ['/c/b.pem'],
      handshakes: [{ serverName: 'amphora-agent.wild.example.org', fingerprint: fingerprint(WILD) }],
    });
  });

  it('replaces a certificate of several lists, binds and servers once, and keeps a name that something else uses', () => {
    const config = `${CONFIG}    bind 192.0.2.1:444 ssl crt-list /c/m
    bind 192.0.2.1:445 ssl crt /c/a.pem
backend b
    server s 192.0.2.2:443 ssl crt /c/a.pem
    server t 192.0.2.3:443 ssl crt /c/b.pem
`;
    const worker = { ...WORKER, '/c/m': '/c/a.pem\n' };
    const found = plan({ ...worker, '/c/l': '/c/a.pem\n', '/c/a.pem': RENEWED }, worker, { config });
    expect(found).toMatchObject({ contents: [{ name: '/c/a.pem' }], unused: [], count: 2 });
    expect(found).toMatchObject({ handshakes: [{ port: 443 }, { port: 444 }, { port: 445 }] });
  });

  it('sends a chain again unless the worker is known to have it', () => {
    const chained = { ...WORKER, '/c/a.pem': `${A}${CA}` };
    expect(plan(chained, chained, { isLoaded: true })).toMatchObject(UNCHANGED);
    expect(plan(chained, chained)).toMatchObject({ count: 1, contents: [{ name: '/c/a.pem' }] });
    expect(plan({ ...WORKER, '/c/a.pem': `${A}${OTHER_CA}` }, chained, { isLoaded: true })).toMatchObject({
      count: 1,
    });
    expect(plan(WORKER, chained, { isLoaded: true })).toMatchObject({ count: 1 });
  });

  const withCa = {
    config: CONFIG.replace('\n    bind', '\n    bind :80 ssl crt /c/a.pem ca-file /c/ca\n    bind'),
  };
  it('compares authorities', () => {
    const worker = { ...WORKER, '/c/ca': CA };
    expect(plan({ ...worker, '/c/ca': `\n${CA}\n` }, worker, withCa)).toMatchObject(UNCHANGED);
    expect(plan({ ...worker, '/c/ca': OTHER_CA }, worker, withCa)).toEqual({
      kind: 'reload',
      detail: 'the authorities or revocations changed (file /c/ca)',
    });
    expect(plan({ ...worker, '/c/ca': 'x' }, worker, withCa)).toEqual({
      kind: 'reload',
      detail: 'the agent cannot compare the file /c/ca',
    });
  });

  const [withoutKey = ''] = RENEWED.split('-----BEGIN PRIVATE KEY-----');
  const otherKey = `${withoutKey}${A.slice(A.indexOf('-----BEGIN PRIVATE KEY-----'))}`;
  it.each<readonly [string, Texts, string]>([
    ['a missing file', { '/c/l': LIST, '/c/a.pem': A }, 'the file /c/b.pem contains no readable certificate'],
    ['no key', { '/c/a.pem': withoutKey }, 'the file /c/a.pem has no private key of its certificate'],
    [
      'the key of another one',
      { '/c/a.pem': otherKey },
      'the file /c/a.pem has no private key of its certificate',
    ],
    ['a long chain', { '/c/a.pem': RENEWED + CA.repeat(30) }, 'the file /c/a.pem is too large for a command'],
    ['a name twice', { '/c/b.pem': RENEWED }, 'two certificates of a list have the same name (list /c/l)'],
    ['options', { '/c/l': '/c/a.pem [alpn h2]\n/c/b.pem\n' }, 'a line has options (list /c/l)'],
  ])('needs a reload for %s', (title, changed, detail) => {
    const disk = title === 'a missing file' ? changed : { ...WORKER, ...changed };
    expect(plan(disk, WORKER)).toEqual({ kind: 'reload', detail });
  });

  it('needs a reload when a default would take the name of a certificate in use', () => {
    const config = `${CONFIG}    bind 192.0.2.1:444 ssl crt-list /c/m\n`;
    const worker = { ...WORKER, '/c/m': '/c/b.pem\n/c/a.pem\n' };
    const disk = { ...worker, '/c/l': '/c/new.pem\n/c/b.pem\n', '/c/new.pem': RENEWED };
    expect(plan(disk, worker, { config })).toMatchObject({
      kind: 'reload',
      detail: expect.stringContaining('under a name of another file'),
    });
  });

  it('needs a reload for a file that the worker has not loaded', () => {
    const config = `${CONFIG}backend b\n    server s 192.0.2.2:443 ssl crt /c/w.pem\n`;
    expect(plan({ ...WORKER, '/c/w.pem': WILD }, WORKER, { config })).toEqual({
      kind: 'reload',
      detail: 'the worker has no certificate /c/w.pem',
    });
  });

  it('expects no handshake where no client can choose the certificate', () => {
    const config = CONFIG.replace('ssl', 'ssl strict-sni');
    const unnamed = make('a_.');
    const worker = { '/c/l': '/c/a.pem !b.example.org\n', '/c/a.pem': A };
    expect(plan({ ...worker, '/c/a.pem': unnamed }, worker, { config })).toMatchObject({
      count: 1,
      handshakes: [],
    });
    expect(plan({ ...worker, '/c/a.pem': unnamed }, worker)).toMatchObject({
      handshakes: [{ serverName: undefined }],
    });
  });
});
