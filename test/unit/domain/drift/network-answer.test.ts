import { describe, expect, it } from 'vitest';
import {
  hasPart,
  messagesIn,
  type NetworkMessage,
  partFailure,
  questionLine,
} from '../../../../src/domain/drift/network-answer.ts';

const END = '\x1d';
const ANSWER = `\x1e4\n[]\n[]\n\x1efailed tables\n256\nno such\nprogram\n\x1esettings\na.b = 1\n${END}`;
const PARTS = new Map([
  ['4', '[]\n[]\n'],
  ['failed tables', '256\nno such\nprogram\n'],
  ['settings', 'a.b = 1\n'],
]);

/** Reads the text in pieces of this length. */
function read(text: string, length: number): { readonly messages: NetworkMessage[]; readonly rest: string } {
  const messages: NetworkMessage[] = [];
  let rest = '';
  for (let at = 0; at < text.length; at += length) {
    const read = messagesIn(rest + text.slice(at, at + length));
    messages.push(...read.messages);
    rest = read.rest;
  }
  return { messages, rest };
}

describe('a question to the program that watches the network', () => {
  it.each([
    ['no changed\n', { withTables: false, isWhole: false, keys: [] }],
    ['nft whole a.b c\n', { withTables: true, isWhole: true, keys: ['a.b', 'c'] }],
  ])('is the line %j', (line, question) => {
    expect(questionLine(question)).toBe(line);
  });
});

describe('messages of the program that watches the network', () => {
  it.each([1, 2, 7, 1000])('are read whole when they arrive in pieces of %d', (length) => {
    const { messages, rest } = read(`damage${END}fault netlink: no${END}${ANSWER}dam`, length);
    expect(messages).toMatchObject([
      { kind: 'damage' },
      { kind: 'fault', reason: 'netlink: no' },
      { kind: 'answer' },
    ]);
    const [answer] = messages.filter((one) => one.kind === 'answer');
    for (const [name, text] of PARTS) expect(answer?.parts.get(name)).toBe(text);
    expect(rest).toBe('dam');
  });

  it('have a part, or the failure of its program, or neither when nothing has changed', () => {
    expect(['4', '6', 'tables'].map((name) => hasPart(PARTS, name))).toEqual([true, false, true]);
  });

  it.each([
    ['256\nno such\nprogram\n', { exitCode: 1, reason: 'exit code 1', output: 'no such\nprogram' }],
    ['9\n', { exitCode: undefined, reason: 'ended by signal 9', output: '' }],
  ])('say how a program failed: %j', (text, failure) => {
    expect(partFailure(new Map([['failed 4', text]]), '4')).toEqual(failure);
    expect(partFailure(new Map([['4', text]]), '4')).toBeUndefined();
  });
});
