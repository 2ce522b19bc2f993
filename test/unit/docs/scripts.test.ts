import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { DOCUMENTS, readDocument } from '../../support/documents/documents.ts';

const NAMES = Object.keys(manifest.scripts);
const SOURCES = ['src', 'sandbox', 'packaging', 'test', 'image-elements'];

/** The names of scripts that a text tells npm to run. */
const namedIn = (text: string): string[] =>
  [...text.matchAll(/\bnpm run ([a-z][a-z:-]*[a-z])(?![\w:-])/g)].map(([, name = '']) => name);

describe('the scripts of package.json', () => {
  it('have every name that a document or a comment gives', () => {
    const files = [
      ...DOCUMENTS,
      '.ci/run',
      ...globSync(SOURCES.map((folder) => `${folder}/**/*.{ts,bash,sh}`)),
    ];
    const unknown = files.flatMap((file) =>
      namedIn(readFileSync(file, 'utf8'))
        .filter((name) => !NAMES.includes(name))
        .map((name) => `${file}: npm run ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are named in CONTRIBUTING.md, all those of daily work', () => {
    const text = readDocument('CONTRIBUTING.md');
    const daily = NAMES.filter((name) => !name.includes(':') && name !== 'test');
    expect(daily.filter((name) => !namedIn(text).includes(name))).toEqual([]);
  });

  it('stand in package.json by their prefix, so that npm lists related ones together', () => {
    const prefixes = NAMES.map((name) => name.split(':')[0] ?? name);
    const groups = prefixes.filter((prefix, index) => prefix !== prefixes[index - 1]);
    expect(groups).toEqual([...new Set(prefixes)]);
  });
});
