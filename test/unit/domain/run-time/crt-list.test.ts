import { describe, expect, it } from 'vitest';
import { readCrtList, readShownList } from '../../../../src/domain/run-time/crt-list.ts';
import { listChange } from '../../../../src/domain/run-time/list-changes.ts';
import { SHOWN_LIST } from '../../../support/certificates/shown-certificates.ts';

const FILE = `# comment
/certs/a.pem
/certs/b.pem [alpn h2 ssl-min-ver TLSv1.2] b.example.org *.b.example.org !x.b.example.org

/certs/c.pem\tc.example.org\r
/certs/n.pem
`;
const entry = (line: string) => {
  const [name = '', ...filters] = line.split(' ');
  return { name, filters, options: undefined };
};

describe('a crt-list', () => {
  it('reads alike from the file and from haproxy, apart from options', () => {
    const plain = (entries: ReturnType<typeof readCrtList>) =>
      entries?.map(({ name, filters, options }) => [name, filters, options !== undefined]);
    expect(plain(readCrtList(FILE))).toEqual([
      ['/certs/a.pem', [], false],
      ['/certs/b.pem', ['b.example.org', '*.b.example.org', '!x.b.example.org'], true],
      ['/certs/c.pem', ['c.example.org'], false],
      ['/certs/n.pem', [], false],
    ]);
    expect(plain(readShownList(SHOWN_LIST))).toEqual(plain(readCrtList(FILE)));
  });

  it.each(['a.pem', '/c/a;b.pem', '/c/a.pem [alpn h2', '/c/a.pem b;c', '/c/a.pem "x"'])(
    'is unreadable with the line %s',
    (line) => expect(readCrtList(`/c/first.pem\n${line}\n`)).toBeUndefined(),
  );

  it.each(["didn't find the specified filename", '', 'Unknown command'])(
    'is unknown to haproxy: %s',
    (answer) => expect(readShownList(answer)).toBeUndefined(),
  );
});

describe('listChange', () => {
  const change = (text: string | undefined, shown: readonly string[] | undefined, isLoaded = false) =>
    listChange('/c/list', { text, shown: shown?.map(entry), isLoaded });
  const names = (...pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([name, line]) => ({ name, entry: entry(line) }));

  it.each([
    {
      title: 'the same lines',
      text: '/a\n/b\n',
      shown: ['/a', '/b'],
      expected: {
        entries: names(['/a', '/a'], ['/b', '/b']),
        additions: [],
        removals: [],
        isReordered: false,
      },
    },
    {
      title: 'another default, which keeps its name in the worker',
      text: '/new\n/b\n',
      shown: ['/a', '/b'],
      expected: { entries: names(['/a', '/new'], ['/b', '/b']), additions: [], removals: [] },
    },
    {
      title: 'a certificate that became the default',
      text: '/b\n/c\n',
      shown: ['/a', '/b', '/c'],
      expected: { entries: names(['/a', '/b'], ['/c', '/c']), additions: [], removals: ['/b'] },
    },
    {
      title: 'new and gone lines',
      text: '/a\n/b\n/d d.example.org\n',
      shown: ['/a', '/b', '/c'],
      expected: { additions: [entry('/d d.example.org')], removals: ['/c'], isReordered: false },
    },
    {
      title: 'a new line between others',
      text: '/a\n/d\n/b\n',
      shown: ['/a', '/b'],
      expected: { additions: [entry('/d')], removals: [], isReordered: true },
    },
    {
      title: 'another order',
      text: '/a\n/c\n/b\n',
      shown: ['/a', '/b', '/c'],
      expected: { isReordered: true },
    },
  ])('finds $title', ({ text, shown, expected }) => {
    expect(change(text, shown)).toMatchObject(expected);
  });

  it.each([
    ['/a\n', undefined, 'the worker has no such list'],
    ['/a [alpn h2]\n', ['/a'], 'a line has options'],
    ['/a [ca-file /x]\n', ['/a'], 'a line names further files'],
    ['\n', ['/a'], 'the list is empty'],
    [undefined, ['/a'], 'the list is empty'],
    ['/a x.example.org\n', ['/a'], 'the filters of the default certificate changed'],
    ['/a\n/b x\n', ['/a', '/b'], 'the filters of a line changed'],
    ['/b\n/a\n', ['/a', '/b'], 'the earlier default certificate has another line now'],
    ['/a\n/b\n/b x\n', ['/a', '/b'], 'a certificate is in two lines'],
    ['/a\n/b\n', ['/a', '/b', '/b'], 'a certificate is in two lines'],
  ])('refuses %j against %j', (text, shown, refusal) => {
    expect(change(text, shown)).toEqual({ refusal });
  });

  it('takes options that did not change since the worker read them', () => {
    expect(change('/a [alpn h2]\n', ['/a'], true)).toMatchObject({ additions: [], removals: [] });
  });
});
