import { describe, expect, it } from 'vitest';
import { dividedAnswers, toWorker } from '../../../../src/domain/run-time/worker-commands.ts';

describe('toWorker', () => {
  it('gives each command the prefix of the current worker', () => {
    expect(toWorker(['show info', 'get weight p/s'])).toBe('@1 show info;@1 get weight p/s');
  });
});

describe('dividedAnswers', () => {
  it('divides texts and empty answers', () => {
    const answer = '\n7 (initial 1)\n\nNew server registered.\n\n\n\n';
    expect(dividedAnswers(answer, 5)).toEqual(['', '7 (initial 1)', 'New server registered.', '', '']);
  });

  it('keeps the lines of one answer together', () => {
    expect(dividedAnswers('one\ntwo\n\n', 1)).toEqual(['one\ntwo']);
  });

  it.each([
    ['fewer answers', '\n', 2],
    ['more answers', '\n\n\n', 2],
    ['an answer that is cut off', '\nNew server', 2],
    ['an answer without its empty line', '\nNew server registered.\n', 2],
    ['no answer', '', 1],
  ])('returns undefined for %s', (_name, answer, count) => {
    expect(dividedAnswers(answer, count)).toBeUndefined();
  });
});
