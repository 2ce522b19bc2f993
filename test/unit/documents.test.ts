import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const DOCUMENTS = ['README.md', 'test/regressions.md'];

interface Row {
  readonly line: number;
  readonly cells: number;
}

/** The tables of a Markdown text, one list of rows a table. A pipe behind a backslash divides no cells. */
function tablesIn(text: string): Row[][] {
  const tables: Row[][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.startsWith('|')) {
      if (tables.at(-1)?.length !== 0) tables.push([]);
      continue;
    }
    const cells = line.replaceAll('\\|', '').split('|').length - 2;
    tables.at(-1)?.push({ line: index + 1, cells });
  }
  return tables.filter((rows) => rows.length > 0);
}

describe('the tables of the documents', () => {
  it.each(DOCUMENTS)('have as many cells in each row as in their heads: %s', (document) => {
    const tables = tablesIn(`\n${readFileSync(document, 'utf8')}`);
    expect(tables.length).toBeGreaterThan(0);
    const broken = tables.flatMap(([head, ...rows]) => rows.filter(({ cells }) => cells !== head?.cells));
    expect(broken).toEqual([]);
  });
});

describe('the order of imports in the README', () => {
  const [, chain = ''] = /Imports go one way[^:]*: ([^.]*)\./.exec(readFileSync('README.md', 'utf8')) ?? [];
  const ranks = new Map(
    chain.split('→').flatMap((names, rank) => names.split(',').map((name) => [name.trim(), rank] as const)),
  );
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
