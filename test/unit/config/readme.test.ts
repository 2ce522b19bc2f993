import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPTION_KEYS, OPTIONS, REQUIRED } from '../../../src/config/options.ts';

const README = readFileSync('README.md', 'utf8');

describe('the configuration table of the README', () => {
  it.each(OPTION_KEYS)('has %s in its section, with its default, and says whether it is mutable', (key) => {
    const { sections, name, default: preset, mutable } = OPTIONS[key];
    const cells =
      README.split('\n')
        .find((line) => line.includes(`| \`${name}\` |`))
        ?.split(' | ') ?? [];
    expect(cells[0]).toBe(`| ${sections.map((section) => `\`${section}\``).join(', ')}`);
    expect(cells[2]).toBe(shown(preset));
    expect(cells[3]?.includes('mutable') ?? false).toBe(mutable);
  });
});

function shown(preset: unknown): string {
  if (preset === REQUIRED) return 'required';
  if (preset === undefined) return 'none';
  return Array.isArray(preset) ? 'empty' : `\`${String(preset)}\``;
}
