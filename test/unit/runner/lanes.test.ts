import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inLanes } from '../../runner/lanes.ts';

describe('jobs in lanes', () => {
  it('run in order, a few at a time, and return their results in order', async () => {
    let [under, most] = [0, 0];
    const begun: string[] = [];
    const job = (name: string, turns: number) => ({
      name,
      async run() {
        begun.push(name);
        under += 1;
        most = Math.max(most, under);
        for (let count = 0; count < turns; count += 1) await turn();
        under -= 1;
        return name.toUpperCase();
      },
    });
    const jobs = [job('a', 5), job('b', 1), job('c', 1), job('d', 3)];
    expect(await inLanes(jobs, 2, () => undefined)).toEqual(['A', 'B', 'C', 'D']);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    expect(most).toBe(2);
  });

  it('print their names before their lines', async () => {
    const lines: string[] = [];
    await inLanes([{ name: 'lint', run: async (say) => say('no fault') }], 2, (line) => lines.push(line));
    expect(lines).toEqual(['lint | no fault']);
  });
});
