import { describe, expect, it } from 'vitest';
import { OPTION_KEYS, OPTIONS, REQUIRED } from '../../../src/config/options.ts';
import { readDocument, rowsIn } from '../../support/documents/documents.ts';

describe('the options in docs/configuration.md', () => {
  const rows = rowsIn(readDocument('docs/configuration.md')).map(({ cells }) => cells);

  it('are those that the agent reads', () => {
    expect(rows.map(([, name]) => name).toSorted()).toEqual(
      OPTION_KEYS.map((key) => `\`${OPTIONS[key].name}\``).toSorted(),
    );
  });

  it.each(OPTION_KEYS)('have %s in its sections, with its default, and say whether it is mutable', (key) => {
    const { sections, name, default: preset, mutable } = OPTIONS[key];
    const [section, , shownDefault, remark] = rows.find((cells) => cells[1] === `\`${name}\``) ?? [];
    expect(section).toBe(sections.map((one) => `\`${one}\``).join(', '));
    expect(shownDefault).toBe(shown(preset));
    expect(remark?.includes('mutable') ?? false).toBe(mutable);
  });
});

function shown(preset: unknown): string {
  if (preset === REQUIRED) return 'required';
  if (preset === undefined) return 'none';
  return Array.isArray(preset) ? 'empty' : `\`${String(preset)}\``;
}
