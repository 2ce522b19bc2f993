import { describe, expect, it } from 'vitest';
import { OF_THE_AGENT } from '../../fresh/steps.ts';
import { LONG_FILES } from '../../runner/long-files.ts';
import { balancedParts, testFiles } from '../../runner/parts.ts';

describe('the parts of a group', () => {
  it('take about the same time', () => {
    const seconds = { a: 60, b: 30, c: 30, d: 7, e: 7 };
    expect(balancedParts(['a', 'b', 'c', 'd', 'e'], 2, seconds)).toEqual([
      ['a', 'd'],
      ['b', 'c', 'e'],
    ]);
  });

  it('have each test file of the group once', async () => {
    const files = await testFiles('integration');
    expect(files.length).toBeGreaterThan(100);
    expect(balancedParts(files, 4).flat().sort()).toEqual(files);
  });

  it('leave out folders as a whole', async () => {
    const [all, left] = [await testFiles('integration'), await testFiles('integration', OF_THE_AGENT)];
    for (const folder of OF_THE_AGENT) {
      expect(all.some((file) => file.startsWith(`test/integration/${folder}/`))).toBe(true);
      expect(left.filter((file) => file.startsWith(`test/integration/${folder}/`))).toEqual([]);
    }
    expect(left.length).toBeGreaterThan(80);
  });
});

it('each long file exists', async () => {
  const files = await Promise.all((['integration', 'systemd'] as const).map((group) => testFiles(group)));
  expect(files.flat()).toEqual(expect.arrayContaining(Object.keys(LONG_FILES)));
});
