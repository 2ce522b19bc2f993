import { describe, expect, it } from 'vitest';
import { modeDrift } from '../../../../src/domain/drift/file-modes.ts';

describe('drift of a mode', () => {
  it.each([
    ['a key that others can read', 0o644, 0o600, { wanted: 'mode 0600', seen: 'mode 0644' }],
    ['a script that nobody can run', 0o644, 0o755, { wanted: 'mode 0755', seen: 'mode 0644' }],
    ['a directory that others can write to', 0o777, 0o755, { wanted: 'mode 0755', seen: 'mode 0777' }],
    ['a wanted mode', 0o600, 0o600, undefined],
    ['a stricter mode', 0o700, 0o755, undefined],
    ['a setgid directory', 0o2755, 0o755, undefined],
  ])('is judged for %s', (_name, seen, wanted, expected) => {
    expect(modeDrift(seen, wanted)).toEqual(expected);
  });
});
