import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certificateDrift } from '../../../../src/domain/drift/certificate-drift.ts';
import { readAuthorities, readCertificate } from '../../../../src/domain/run-time/certificate-contents.ts';
import { readCrtList } from '../../../../src/domain/run-time/crt-list.ts';
import { namedFiles } from '../../../../src/domain/run-time/named-files.ts';
import { namedCertificate } from '../../../support/certificates/named-certificate.ts';
import { CA, OTHER_CA } from '../../../support/certificates/shown-certificates.ts';

type Texts = Readonly<Record<string, string>>;

const CONFIG = `frontend f
    bind 192.0.2.1:443 ssl crt-list /c/l ca-file /c/ca
    bind 192.0.2.1:444 ssl crt /c/single.pem
`;

const directory = mkdtempSync(path.join(tmpdir(), 'certificate-drift-'));
afterAll(() => rmSync(directory, { recursive: true }));
const [A, RENEWED, B] = ['a', 'a', 'b'].map((name) => namedCertificate(directory, `${name}.example.org`)) as [
  string,
  string,
  string,
];
const SAME = { '/c/l': '/c/a.pem\n', '/c/a.pem': A, '/c/ca': CA, '/c/single.pem': B };

/** Compares files on disk with those that a worker has, each by its path. @returns the files that differ */
function differing(disk: Texts, worker: Texts): string[] {
  const files = namedFiles(CONFIG);
  if ('refusal' in files) throw new Error(files.refusal);
  const texts = Object.entries(worker);
  const found = certificateDrift({
    files,
    disk: (file) => disk[file],
    shown: {
      lists: new Map(texts.map(([file, text]) => [file, readCrtList(text)])),
      certificates: new Map(texts.map(([file, text]) => [file, readCertificate(text)])),
      authorities: new Map(texts.map(([file, text]) => [file, readAuthorities(text)])),
      revocations: new Map(),
    },
  });
  return found.map(({ file, isUnusable }) => (isUnusable ? `${file} unusable` : file));
}

const without = (file: string): Texts =>
  Object.fromEntries(Object.entries(SAME).filter(([name]) => name !== file));

describe('drift of certificates', () => {
  it.each<[string, Texts, Texts, string[]]>([
    ['the same', SAME, SAME, []],
    ['another certificate', SAME, { ...SAME, '/c/a.pem': RENEWED }, ['/c/a.pem']],
    ['another certificate outside of a list', SAME, { ...SAME, '/c/single.pem': A }, ['/c/single.pem']],
    ['another chain', { ...SAME, '/c/a.pem': A + CA }, { ...SAME, '/c/a.pem': A + OTHER_CA }, ['/c/a.pem']],
    ['a line that somebody added', SAME, { ...SAME, '/c/l': '/c/a.pem\n/c/b.pem\n' }, ['/c/l']],
    [
      'a line that somebody removed',
      { ...SAME, '/c/l': '/c/a.pem\n/c/b.pem\n', '/c/b.pem': B },
      SAME,
      ['/c/l'],
    ],
    ['other authorities', SAME, { ...SAME, '/c/ca': OTHER_CA }, ['/c/ca']],
    ['no file of a certificate', without('/c/a.pem'), SAME, ['/c/a.pem unusable']],
    ['no list', without('/c/l'), SAME, ['/c/l unusable']],
    ['no file of authorities', without('/c/ca'), SAME, ['/c/ca unusable']],
    ['a file without a certificate', { ...SAME, '/c/a.pem': 'x' }, SAME, ['/c/a.pem unusable']],
    ['what the worker does not show', SAME, without('/c/single.pem'), []],
  ])('%s', (_name, disk, worker, expected) => {
    expect(differing(disk, worker)).toEqual(expected);
  });

  it('finds a default under an earlier name', () => {
    const disk = { ...SAME, '/c/l': '/c/new.pem\n', '/c/new.pem': RENEWED };
    expect(differing(disk, SAME)).toEqual(['/c/new.pem']);
    expect(differing(disk, { ...SAME, '/c/a.pem': RENEWED })).toEqual([]);
  });
});
