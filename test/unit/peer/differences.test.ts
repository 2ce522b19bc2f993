import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIFFERENCES } from '../../peer/differences.ts';

const README = readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8');
const SECTION = README.split(/^## /m).find((section) => section.startsWith('Beside the Python agent')) ?? '';

describe('the differences from the Python agent', () => {
  it('are the rows of the table in README', () => {
    const rows = SECTION.split('\n').filter((line) => line.startsWith('| `'));
    const listed = DIFFERENCES.map(
      ({ steps, why }) => `| ${steps.map((step) => `\`${step}\``).join(', ')} | ${why} |`,
    );
    expect(rows).toEqual(listed);
  });

  it('name each step once', () => {
    const steps = DIFFERENCES.flatMap((one) => one.steps);
    expect(new Set(steps).size).toBe(steps.length);
  });
});
