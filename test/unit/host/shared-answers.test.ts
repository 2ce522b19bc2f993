import { describe, expect, it } from 'vitest';
import { sharedAnswers } from '../../../src/host/shared-answers.ts';

/** Questions whose answers a test gives: the nth is `answer n`. */
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

describe('a question that many ask at once', () => {
  it('is put once for the first, and once more for all who came while it was under way', async () => {
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

  it('is put again for whoever asks after its answer', async () => {
    const { put, ask } = world();
    const first = ask('link');
    put[0]?.answer();
    await first;
    const second = ask('link');
    put[1]?.answer();
    expect(await second).toBe('answer 2');
  });

  it('that fails fails for those who share it, and is put again for those who wait', async () => {
    const { put, ask } = world();
    const [first, second] = [ask('link'), ask('link')];
    put[0]?.fail();
    await expect(first).rejects.toThrow('failure 1');
    await expect.poll(() => put.length).toBe(2);
    put[1]?.answer();
    expect(await second).toBe('answer 2');
  });

  it('has nothing to do with another one', async () => {
    const { put, ask } = world();
    const [one, other] = [ask('link'), ask('address')];
    put[1]?.answer();
    expect(await other).toBe('answer 2');
    put[0]?.answer();
    expect(await one).toBe('answer 1');
  });
});
