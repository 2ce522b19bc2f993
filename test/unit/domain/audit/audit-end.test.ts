import { describe, expect, it } from 'vitest';
import { endOfLog } from '../../../../src/domain/audit/audit-end.ts';
import {
  type AuditedRequest,
  BEGINNING,
  hashOf,
  headText,
  lineAfter,
  parseHead,
} from '../../../../src/domain/audit/audit-line.ts';

const REQUEST: AuditedRequest = {
  ...{ time: '2026-11-28T20:00:00.000Z', client: { authority: 'controller' }, method: 'PUT' },
  ...{ path: '/1.0/config', status: 202, milliseconds: 3 },
};
const one = lineAfter(BEGINNING, REQUEST);
const two = lineAfter(one.position, { ...REQUEST, status: 403 });
const HALF = two.line.slice(0, 40);

describe('the end of the audit log', () => {
  it.each([
    ['of no file', '', BEGINNING, { last: BEGINNING, isUnfinished: false, events: [] }],
    ['of no file and no head', '', undefined, { last: BEGINNING, isUnfinished: false, events: [] }],
    [
      'of whole lines',
      `${one.line}\n${two.line}\n`,
      two.position,
      { last: two.position, isUnfinished: false, events: [] },
    ],
    [
      'without a line end',
      `${one.line}\n${two.line}`,
      one.position,
      { last: two.position, isUnfinished: true, events: [] },
    ],
    [
      'before the head is written',
      `${one.line}\n${two.line}\n`,
      one.position,
      { last: two.position, isUnfinished: false, events: [] },
    ],
    [
      'within a line',
      `${one.line}\n${HALF}`,
      one.position,
      { last: { number: 1, hash: hashOf(HALF) }, isUnfinished: true, events: [{ event: 'half line' }] },
    ],
    [
      'within the first line',
      HALF,
      BEGINNING,
      { last: { number: 0, hash: hashOf(HALF) }, isUnfinished: true, events: [{ event: 'half line' }] },
    ],
    [
      'without its last line',
      `${one.line}\n`,
      two.position,
      {
        last: { number: 2, hash: one.position.hash },
        isUnfinished: false,
        events: [{ event: 'missing lines', from: 2, to: 2 }],
      },
    ],
    [
      'without any line',
      '',
      two.position,
      {
        last: { number: 2, hash: BEGINNING.hash },
        isUnfinished: false,
        events: [{ event: 'missing lines', from: 1, to: 2 }],
      },
    ],
    [
      'with a changed last line',
      `${one.line.replace('202', '500')}\n`,
      one.position,
      {
        last: { number: 1, hash: hashOf(one.line.replace('202', '500')) },
        isUnfinished: false,
        events: [{ event: 'changed line' }],
      },
    ],
    [
      'with a last line that is no line of the log',
      `${one.line}\ngarbage\n`,
      two.position,
      {
        last: { number: 2, hash: hashOf('garbage') },
        isUnfinished: false,
        events: [{ event: 'changed line' }, { event: 'missing lines', from: 2, to: 2 }],
      },
    ],
    [
      'without a head',
      `${one.line}\n`,
      undefined,
      { last: one.position, isUnfinished: false, events: [{ event: 'no head' }] },
    ],
  ])('%s', (_what, text, head, expected) => {
    expect(endOfLog(text, head)).toEqual(expected);
  });
});

describe('the head of the audit log', () => {
  it('always has the same size, so that a shorter one leaves nothing of a longer one', () => {
    const sizes = [0, 9, 1e9].map((number) => headText({ number, hash: BEGINNING.hash }).length);
    expect(new Set(sizes).size).toBe(1);
    expect(parseHead(headText(two.position))).toEqual(two.position);
  });

  it.each([
    '',
    '{',
    'null',
    '{"number":1}',
    '{"number":-1,"hash":"x"}',
    `{"number":"1","hash":"${BEGINNING.hash}"}`,
  ])('is unknown if its file contains %s', (text) => {
    expect(parseHead(text)).toBeUndefined();
  });
});
