import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditFileName, KEPT_FILES } from '../../../../src/domain/audit/audit-files.ts';
import {
  type AuditContent,
  type AuditPosition,
  BEGINNING,
  hashOf,
  lineAfter,
} from '../../../../src/domain/audit/audit-line.ts';
import { type AuditFile, verifyAudit, verifyAuditFile } from '../../../../src/domain/audit/verify-audit.ts';

const request = (status: number): AuditContent => ({
  ...{ time: '2026-11-28T20:00:00.000Z', client: { authority: 'controller' }, method: 'PUT' },
  ...{ path: '/1.0/config', status, milliseconds: 3 },
});

interface Log {
  readonly lines: readonly string[];
  readonly head: AuditPosition;
}

function logOf(contents: readonly AuditContent[], from = BEGINNING): Log {
  let head = from;
  const lines = contents.map((content) => {
    const { line, position } = lineAfter(head, content);
    head = position;
    return line;
  });
  return { lines, head };
}

/** Puts lines into files of a given number of lines. @param first number of the first file */
function filesOf(lines: readonly string[], perFile: number, first = 1): AuditFile[] {
  const files: AuditFile[] = [];
  for (let start = 0; start < lines.length; start += perFile) {
    const number = first + files.length;
    const text = lines.slice(start, start + perFile).map((line) => `${line}\n`);
    files.push({ name: auditFileName(number), number, text: text.join('') });
  }
  return files;
}

const LOG = logOf([202, 200, 403, 500, 202, 404].map(request));
const faultsOf = (lines: readonly string[], head: AuditPosition | undefined = LOG.head) =>
  verifyAudit(filesOf(lines, 3), { head }).faults;

describe('the verification of the audit log', () => {
  it('finds nothing in a whole one', () => {
    const { faults, notes, lines, first, last } = verifyAudit(filesOf(LOG.lines, 3), { head: LOG.head });
    expect({ faults, notes, lines, first, last }).toEqual({
      ...{ faults: [], notes: [], lines: 6, first: 1, last: LOG.head },
    });
    expect(verifyAudit([], { head: BEGINNING }).faults).toEqual([]);
  });

  it('finds nothing in a log whose head is behind, because the agent was killed between the two writes', () => {
    const { head } = logOf([202, 200, 403, 500].map(request));
    expect(faultsOf(LOG.lines, head)).toEqual([]);
  });

  const [one = '', two = '', three = '', four = '', five = '', six = ''] = LOG.lines;
  it.each<[string, readonly string[], readonly (string | RegExp)[]]>([
    ['a removed first line', [two, three, four, five, six], [/before it, line 1 is missing/]],
    ['a removed line', [one, two, four, five, six], [/audit-000001.jsonl:3: before it, line 3 is missing/]],
    ['two removed lines', [one, four, five, six], [/:2: before it, lines 2 to 3 are missing/]],
    ['a removed last line', [one, two, three, four, five], ['the end: line 6 is missing']],
    ['a cut-off end', [one, two], ['the end: lines 3 to 6 are missing']],
    [
      'a changed line',
      [one, two.replace('200', '202'), three, four, five, six],
      [/:3: .* line 2 was changed/],
    ],
    [
      'a changed first line',
      [one.replace('202', '200'), two, three, four, five, six],
      [/line 1 was changed/],
    ],
    [
      'a changed last line',
      [one, two, three, four, five, six.replace('404', '202')],
      [/audit-000002.jsonl:3: line 6 was changed: head.json has another hash/],
    ],
    [
      'a line that was inserted',
      [one, two, lineAfter(BEGINNING, request(200)).line, three, four, five, six],
      [/:3: line 1 stands behind line 2: inserted or reordered/],
    ],
    [
      'a line that stands twice',
      [one, two, two, three, four, five, six],
      [/:3: line 2 stands behind line 2/],
    ],
    [
      'two lines in another order',
      [one, three, two, four, five, six],
      [/before it, line 2/, /line 2 stands behind/],
    ],
    ['garbage in place of a line', [one, 'garbage', three, four, five, six], [/:2: is no line of the log/]],
    [
      'garbage at the end',
      [one, two, three, four, five, 'garbage'],
      [/:3: is no line of the log/, /line 6 is missing/],
    ],
    [
      'half a line in the middle that no event explains',
      [one, two.slice(0, 30), three, four, five, six],
      [/:2: is no line of the log/],
    ],
  ])('finds %s', (_what, lines, expected) => {
    const faults = faultsOf(lines);
    for (const part of expected)
      expect(faults).toContainEqual(typeof part === 'string' ? part : expect.stringMatching(part));
  });

  it('finds a missing file, and missing oldest ones', () => {
    const files = filesOf(LOG.lines, 2);
    const without = (index: number) =>
      verifyAudit(
        files.filter((_, at) => at !== index),
        { head: LOG.head },
      ).faults;
    expect(without(0)).toEqual(['audit-000001.jsonl is missing']);
    expect(without(1)).toContainEqual('audit-000002.jsonl is missing');
    expect(without(1)).toContainEqual(expect.stringContaining('lines 3 to 4 are missing'));
    expect(without(2)).toEqual(['the end: lines 5 to 6 are missing']);
  });

  it('needs no file that the rotation has removed', () => {
    const log = logOf(Array.from({ length: 12 }, () => request(200)));
    const files = filesOf(log.lines, 1);
    expect(verifyAudit(files.slice(-KEPT_FILES), { head: log.head }).faults).toEqual([]);
    expect(verifyAudit(files.slice(-KEPT_FILES + 1), { head: log.head }).faults).toEqual([
      'audit-000005.jsonl is missing',
    ]);
  });

  it('finds that the head is gone', () => {
    expect(verifyAudit(filesOf(LOG.lines, 3), { head: undefined }).faults).toEqual([
      expect.stringContaining('head.json is missing'),
    ]);
  });

  it('notes half a line that the agent has marked, and goes on behind it', () => {
    const half = three.slice(0, 25);
    const before = logOf([202, 200].map(request));
    const event: AuditContent = { time: '2026-11-28T20:01:00.000Z', event: 'half line' };
    const after = logOf([event, request(202)], { number: before.head.number, hash: hashOf(half) });
    const { faults, notes } = verifyAudit(filesOf([...before.lines, half, ...after.lines], 10), after);
    expect(faults).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('audit-000001.jsonl:3: half a line')]);
    const other = [...before.lines, three.slice(0, 24), ...after.lines];
    expect(verifyAudit(filesOf(other, 10), after).faults).not.toEqual([]);
  });

  it('notes half a line at the end, which the agent may write just now', () => {
    const [file] = filesOf([one, two], 3);
    if (file === undefined) throw new Error('no file');
    const { head } = logOf([202, 200].map(request));
    const { faults, notes } = verifyAudit([{ ...file, text: file.text + three.slice(0, 20) }], { head });
    expect([faults, notes]).toEqual([[], [expect.stringContaining('half a line')]]);
  });

  it('reports what the agent itself found changed or missing at a start', () => {
    const time = '2026-11-28T20:01:00.000Z';
    for (const event of ['changed line', 'no head'] as const) {
      const log = logOf([request(200), { time, event }]);
      expect(verifyAudit(filesOf(log.lines, 9), log).faults).toEqual([
        expect.stringContaining('the agent found'),
      ]);
    }
    const log = logOf([request(200), { time, event: 'not written', requests: 3 }]);
    expect(verifyAudit(filesOf(log.lines, 9), log)).toMatchObject({
      faults: [],
      notes: [expect.any(String)],
    });
  });

  it('finds a rewritten log by the hash of a line that another host has', () => {
    const rewritten = logOf([202, 200, 403, 202].map(request));
    const files = filesOf(rewritten.lines, 9);
    expect(verifyAudit(files, { head: rewritten.head }).faults).toEqual([]);
    expect(verifyAudit(files, { head: rewritten.head, known: LOG.head.hash }).faults).toEqual([
      `no line has the expected hash ${LOG.head.hash}`,
    ]);
    expect(verifyAudit(filesOf(LOG.lines, 9), { head: LOG.head, known: hashOf(three) }).faults).toEqual([]);
  });

  it('examines one file alone, whatever stands before it', () => {
    const [, second] = filesOf(LOG.lines, 3);
    if (second === undefined) throw new Error('no file');
    expect(verifyAuditFile(second)).toMatchObject({ faults: [], lines: 3, first: 4 });
    const cut = { ...second, text: second.text.replace(`${five}\n`, '') };
    expect(verifyAuditFile(cut).faults).toHaveLength(1);
  });

  it('finds any removal, change, insertion or move of whole lines in any log', () => {
    const statuses = fc.array(fc.integer({ min: 200, max: 599 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(
        statuses,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        fc.nat(),
        fc.nat(3),
        (codes, perFile, a, b, kind) => {
          const log = logOf(codes.map(request));
          const lines = [...log.lines];
          const [from, to] = [a % lines.length, b % lines.length];
          const [taken = ''] = lines.splice(from, 1);
          if (kind === 1) lines.splice(from, 0, taken.replace('PUT', 'GET'));
          if (kind === 2)
            lines.splice(
              from,
              0,
              taken,
              logOf([request(999)], { number: to, hash: hashOf(taken) }).lines[0] ?? '',
            );
          if (kind === 3) lines.splice(to, 0, taken);
          const isSame = lines.join() === log.lines.join();
          const { faults } = verifyAudit(filesOf(lines, perFile), { head: log.head });
          expect(faults.length === 0).toBe(isSame);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds nothing in any whole log, however it is divided into files', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 200, max: 599 }), { maxLength: 30 }),
        fc.integer({ min: 4, max: 40 }),
        (codes, perFile) => {
          const log = logOf(codes.map(request));
          expect(verifyAudit(filesOf(log.lines, perFile), { head: log.head }).faults).toEqual([]);
        },
      ),
    );
  });
});
