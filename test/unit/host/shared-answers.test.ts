import { describe, expect, it } from 'vitest';
import { sharedAnswers } from '../../../src/host/shared-answers.ts';

/** Questions that a test answers: the nth answer is `answer n`. */
function world() {
  const put: { words: string[]; answer: () => void; fail: () => void }[] = [];
  const ask = sharedAnswers((...words) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const number = put.length + 1;
    put.push({
      words,
      answer: () => resolve(`answer ${number}`),
      fail: () => reject(new Error(`failure ${number}`)),
    });
    return promise;
  });
  return { put, ask };
}

describe('a shared question', () => {
  it('is sent once for the first caller, and once more for all callers that came meanwhile', async () => {
    const { put, ask } = world();
    const asked = Array.from({ length: 200 }, () => ask('link', 'show'));
    expect(put).toHaveLength(1);
    put[0]?.answer();
    await expect.poll(() => put.length).toBe(2);
    put[1]?.answer();
    expect(await asked[0]).toBe('answer 1');
    expect(new Set(await Promise.all(asked.slice(1)))).toEqual(new Set(['answer 2']));
    expect(put.map(({ words }) => words)).toEqual([
      ['link', 'show'],
      ['link', 'show'],
    ]);
  });

  it('is sent again for a caller after its answer', async () => {
    const { put, ask } = world();
    const first = ask('link');
    put[0]?.answer();
    await first;
    const second = ask('link');
    put[1]?.answer();
    expect(await second).toBe('answer 2');
  });

  it('fails for the callers that share it, and is sent again for those that wait', async () => {
    const { put, ask } = world();
    const [first, second] = [ask('link'), ask('link')];
    put[0]?.fail();
    await expect(first).rejects.toThrow('failure 1');
    await expect.poll(() => put.length).toBe(2);
    put[1]?.answer();
    expect(await second).toBe('answer 2');
  });

  it('is independent of another question', async () => {
    const { put, ask } = world();
    const [one, other] = [ask('link'), ask('address')];
    put[1]?.answer();
    expect(await other).toBe('answer 2');
    put[0]?.answer();
    expect(await one).toBe('answer 1');
  });
});
