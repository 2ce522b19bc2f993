import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  codeBlocks,
  DOCUMENTS,
  linksIn,
  readDocument,
  sectionOf,
} from '../../support/documents/documents.ts';

const PAGE = readDocument('docs/architecture.md');
/** in .gitignore; of the folders with a dot only .ci is listed */
const IGNORED = ['node_modules', 'dist', 'images', 'coverage'];

describe('the source tree in docs/architecture.md', () => {
  const listed = (codeBlocks(sectionOf(PAGE, 'The source tree'), 'text')[0] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\s.*/, ''));

  it('has each folder of the repository once', () => {
    const folders = readdirSync('.', { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && !IGNORED.includes(entry.name) && /^(\w|\.ci$)/.test(entry.name),
      )
      .map(({ name }) => `${name}/`);
    const top = listed.filter((folder) => folder.split('/').length === 2);
    expect(top.toSorted()).toEqual(folders.toSorted());
  });

  it.each(['src', 'sandbox', 'packaging'])('has each folder in %s/ once', (part) => {
    const folders = globSync(`${part}/**/*`)
      .filter((file) => statSync(file).isDirectory())
      .map((folder) => `${folder}/`);
    const below = listed.filter((folder) => folder.startsWith(`${part}/`) && folder !== `${part}/`);
    expect(below.toSorted()).toEqual(folders.toSorted());
  });

  it('has an explanation in each line', () => {
    const lines = codeBlocks(sectionOf(PAGE, 'The source tree'), 'text')[0]?.trimEnd().split('\n') ?? [];
    expect(lines.filter((line) => !/^\S+\/\s+\S.*$/.test(line))).toEqual([]);
  });
});

describe('the order of imports in docs/architecture.md', () => {
  const [, chain = ''] = /Imports go one way: ([^.]*)\./.exec(PAGE) ?? [];
  const ranks = new Map(chain.split('→').map((name, rank) => [name.trim(), rank] as const));
  /** `src/http/app.ts` → `http`, `src/agent.ts` → `agent` */
  const partOf = (file: string): string => file.replace(/^src\//, '').replace(/(\/.*|\.ts)$/, '');

  it('is that of the sources', () => {
    expect([...ranks.keys()]).toContain('operations');
    const wrong = globSync('src/**/*.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/from '((?:\.\.?\/)+[^']+)'/g)]
        .map(([, imported = '']) => new URL(imported, `file:///${file}`).pathname.slice(1))
        .filter((imported) => (ranks.get(partOf(imported)) ?? Infinity) < (ranks.get(partOf(file)) ?? -1))
        .map((imported) => `${file} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the decisions', () => {
  const decisions = DOCUMENTS.filter((file) => file.startsWith('docs/decisions/'));

  it('are numbered without a gap and listed in docs/architecture.md in that order', () => {
    expect(decisions.map((file) => Number(/\/(\d{4})-[\w-]+\.md$/.exec(file)?.[1]))).toEqual(
      decisions.map((_, index) => index + 1),
    );
    const linked = linksIn(sectionOf(PAGE, 'Decisions')).map((target) => `docs/${target}`);
    expect(linked).toEqual(decisions);
  });

  it.each(decisions)('have context, decision and consequences: %s', (file) => {
    const headings = [...readDocument(file).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Consequences']);
  });
});

describe('the files that the documents name', () => {
  it('exist', () => {
    const named = DOCUMENTS.flatMap((file) =>
      [
        ...readDocument(file).matchAll(
          /`((?:src|sandbox|packaging|systemd|templates|test)\/[\w./-]*(?:\.\w+|\/))`/g,
        ),
      ].map(([, name = '']) => ({ file, name })),
    );
    expect(named.length).toBeGreaterThan(10);
    // test/regressions.md names them below test/
    const exists = (file: string, name: string): boolean =>
      existsSync(name) || (file.startsWith('test/') && existsSync(`test/${name}`));
    expect(named.filter(({ file, name }) => !exists(file, name))).toEqual([]);
  });
});

describe('the tests that the documents name', () => {
  it('exist', () => {
    const named = DOCUMENTS.filter((file) => file.startsWith('docs/')).flatMap((file) =>
      [...readDocument(file).matchAll(/`(unit|integration|interop|systemd|peer)\/([\w-]+)`/g)].map(
        ([, group = '', name = '']) => ({ file, group, name }),
      ),
    );
    expect(named.length).toBeGreaterThan(30);
    const missing = named.filter(
      ({ group, name }) => globSync(`test/${group}/**/${name}.test.ts`).length === 0,
    );
    expect(missing).toEqual([]);
  });
});
