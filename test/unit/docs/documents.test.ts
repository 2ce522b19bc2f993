import { globSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  anchorsIn,
  brokenLink,
  DOCUMENTS,
  linksIn,
  readDocument,
  tablesIn,
} from '../../support/documents/documents.ts';

const MOST_README_BYTES = 12_000;
const SOURCES = ['src', 'sandbox', 'packaging', 'test', 'templates', 'image-elements', 'systemd', '.ci'];

describe('the Markdown documents', () => {
  it('include the README, the pages of docs/ and the regressions', () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'docs/api.md', 'test/regressions.md']));
  });

  it.each(DOCUMENTS)('have as many cells in each table row as in its head: %s', (document) => {
    const broken = tablesIn(readDocument(document)).flatMap(([head, ...rows]) =>
      rows.filter(({ cells }) => cells.length !== head?.cells.length),
    );
    expect(broken).toEqual([]);
  });

  it.each(DOCUMENTS)('have links and anchors that resolve: %s', (document) => {
    const broken = linksIn(readDocument(document)).map((target) => brokenLink(document, target));
    expect(broken.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('are all linked from the README or from a page that it links', () => {
    const reached = new Set(['README.md']);
    for (const document of reached) {
      for (const target of linksIn(readDocument(document))) {
        const file = new URL(target.replace(/#.*/, ''), `file:///${document}`).pathname.slice(1);
        if (DOCUMENTS.includes(file)) reached.add(file);
      }
    }
    expect(DOCUMENTS.filter((document) => !reached.has(document))).toEqual([]);
  });
});

describe('the README', () => {
  it('is short enough for a newcomer', () => {
    expect(statSync('README.md').size).toBeLessThanOrEqual(MOST_README_BYTES);
  });
});

describe('anchorsIn', () => {
  it('makes anchors as GitHub does', () => {
    const text = "# One & two\n## `ask`: it's here\n```sh\n# no heading\n```\n## One & two\n";
    expect(anchorsIn(text)).toEqual(['one--two', 'ask-its-here', 'one--two-1']);
  });
});

describe('the sources', () => {
  it('mention only pages and headings of docs/ that exist', () => {
    const files = globSync(SOURCES.map((folder) => `${folder}/**/*`)).filter((file) =>
      statSync(file).isFile(),
    );
    const broken = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([mention]) =>
        brokenLink('README.md', mention),
      ),
    );
    expect(broken.filter((problem) => problem !== undefined)).toEqual([]);
  });
});
