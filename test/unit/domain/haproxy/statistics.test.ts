import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isFromLeavingWorker,
  readStatistics,
  readWorkerStatistics,
  UnusableStatistics,
  workerPid,
} from '../../../../src/domain/haproxy/statistics.ts';

const LB = '99999999-9999-4999-8999-999999999999';
const HEADER =
  '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,type,last_chk,';
const row = (fields: Record<string, string>): string =>
  HEADER.slice(2)
    .split(',')
    .map((name) => fields[name] ?? '')
    .join(',');
const frontend = (pxname: string, more: Record<string, string> = {}): string =>
  row({
    pxname,
    svname: 'FRONTEND',
    scur: '1',
    stot: '2',
    bin: '3',
    bout: '4',
    ereq: '5',
    status: 'OPEN',
    type: '0',
    ...more,
  });
const backend = (pxname: string, status = 'UP'): string =>
  row({ pxname, svname: 'BACKEND', status, weight: '1', type: '1' });
const server = (
  pxname: string,
  svname: string,
  status: string,
  weight = '1',
  more: Record<string, string> = {},
): string => row({ pxname, svname, status, weight, type: '2', ...more });
const answer = (...rows: string[]): string => `${[HEADER, ...rows].join('\n')}\n\n`;

describe('statistics of a haproxy', () => {
  it('contain its listeners, pools and members', () => {
    const text = answer(
      frontend('L1'),
      server('P:L1', 'M1', 'UP'),
      server('P:L1', 'M2', 'UP', '0'),
      server('P:L1', 'M3', 'no check', '0'),
      server('P:L1', 'M4', 'UP 1/3'),
      server('P:L1', 'M5', 'DOWN 1/2', '0'),
      server('P:L1', 'M6', 'MAINT'),
      backend('P:L1'),
    );
    expect(readStatistics(text, LB)).toEqual({
      listeners: [
        { id: 'L1', status: 'OPEN', connections: 1, counters: { stot: 2, bin: 3, bout: 4, ereq: 5 } },
      ],
      pools: [
        {
          id: 'P',
          listenerId: 'L1',
          key: 'P:L1',
          status: 'UP',
          members: new Map([
            ['M1', 'UP'],
            ['M2', 'DRAIN'],
            ['M3', 'no check'],
            ['M4', 'UP 1/3'],
            ['M5', 'DOWN 1/2'],
            ['M6', 'MAINT'],
          ]),
        },
      ],
    });
  });

  it('assign a pool without a listener in its name to the haproxy itself, as in API 0.5', () => {
    const { pools } = readStatistics(answer(frontend(LB), backend('P')), LB);
    expect(pools).toMatchObject([{ id: 'P', listenerId: LB, key: `P:${LB}` }]);
  });

  it('leave out proxies of the metrics exporter and sockets of listeners', () => {
    const text = answer(
      frontend('prometheus-exporter-internal-endpoint'),
      backend('prometheus-exporter-internal'),
      row({ pxname: 'L1', svname: 'sock-1', type: '3', status: 'OPEN' }),
      frontend('L1'),
    );
    const read = readStatistics(text, LB);
    expect(read.listeners.map(({ id }) => id)).toEqual(['L1']);
    expect(read.pools).toEqual([]);
  });

  it('are read with quoted fields with commas, quotes and line ends', () => {
    const text = answer(
      server('P:L1', 'M1', 'DOWN', '1', { last_chk: '"say ""no"",\nagain"' }),
      backend('P:L1', 'DOWN'),
    );
    expect(readStatistics(text, LB).pools[0]?.members.get('M1')).toBe('DOWN');
  });

  it('are read by the names of columns, in the order of any version', () => {
    const text =
      '# type,status,weight,bin,bout,ereq,stot,scur,svname,pxname,new\n0,OPEN,,1,2,3,4,5,FRONTEND,L,x\n\n';
    expect(readStatistics(text, LB).listeners).toEqual([
      { id: 'L', status: 'OPEN', connections: 5, counters: { bin: 1, bout: 2, ereq: 3, stot: 4 } },
    ]);
  });

  it('show a worker that is stopping', () => {
    const isLeaving = (info: string, table: string) =>
      isFromLeavingWorker(readWorkerStatistics(`Name: HAProxy\nPid: 7\n${info}\n${table}`, LB));
    const stopped = answer(frontend('L1', { status: 'STOP' }));
    expect(isLeaving('Stopping: 0\n', stopped)).toBe(true);
    expect(isLeaving('Stopping: 0\n', answer(frontend('L1')))).toBe(false);
    expect(isLeaving('Stopping: 0\n', answer())).toBe(false);
    expect(isLeaving('Stopping: 1\n', answer())).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['no header', `${frontend('L1')}\n\n`],
    ['an error', 'Permission denied\n\n'],
    ['no final empty line', answer(frontend('L1')).slice(0, -1)],
    ['a row too short', `${HEADER}\nL1,FRONTEND\n\n`],
    ['a column missing', answer(frontend('L1')).replace('ereq', 'other')],
    ['a counter that is none', answer(frontend('L1', { bin: '-1' }))],
    ['an empty counter', answer(frontend('L1', { stot: '' }))],
    ['a quote without its end', answer(frontend('L1', { last_chk: '"x' }))],
    ['text after a quote', answer(frontend('L1', { last_chk: '"x"y' }))],
  ])('are refused as a whole when the answer has %s', (_what, text) => {
    expect(() => readStatistics(text, LB)).toThrow(UnusableStatistics);
  });

  it('are refused if the answer is cut off at any place', () => {
    const text = answer(
      frontend('L1'),
      frontend('L2'),
      server('P:L1', 'M', 'UP', '1', { last_chk: '"a\n\nb"' }),
      backend('P:L1'),
    );
    for (let length = 0; length < text.length; length += 1) {
      expect(() => readStatistics(text.slice(0, length), LB), `cut at ${length}`).toThrow(UnusableStatistics);
    }
  });

  it('are read or refused with random input, without another exception', () => {
    const whole = answer(
      frontend('L1'),
      server('P:L1', 'M', 'UP', '1', { last_chk: '"a,b"' }),
      backend('P:L1'),
    );
    const damaged = fc
      .tuple(fc.nat(whole.length), fc.nat(whole.length), fc.string({ unit: 'binary' }))
      .map(([from, to, text]) => whole.slice(0, from) + text + whole.slice(to));
    const garbage = fc.string({ unit: 'binary' }).map((text) => `${HEADER}\n${text}\n\n`);
    fc.assert(
      fc.property(fc.oneof(damaged, garbage, fc.string()), (text) => {
        try {
          const read = readStatistics(text, LB);
          expect(read.listeners.every(({ counters }) => counters !== undefined && counters.bin >= 0)).toBe(
            true,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(UnusableStatistics);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('absent servers', () => {
  const text = answer(
    server('P:L1', 'M1', 'MAINT'),
    server('P:L1', 'M2', 'UP'),
    backend('P:L1', 'UP'),
    server('P:L2', 'M1', 'UP'),
    backend('P:L2', 'DOWN'),
  );
  const absent = new Map([['P:L1', new Set(['M1'])]]);
  const shown = ({ pools }: ReturnType<typeof readStatistics>) =>
    pools.map(({ key, status, members }) => [key, status, [...members.keys()]]);

  it('are left out in their own pool, whose status stays', () => {
    expect(shown(readStatistics(text, LB, absent))).toEqual([
      ['P:L1', 'UP', ['M2']],
      ['P:L2', 'DOWN', ['M1']],
    ]);
  });

  it('leave an empty pool when no other member is there', () => {
    const all = new Map([['P:L1', new Set(['M1', 'M2'])]]);
    expect(shown(readStatistics(text, LB, all))[0]).toEqual(['P:L1', 'UP', []]);
  });

  it('depend on the worker that answered', () => {
    const asked: (number | undefined)[] = [];
    const absentOf = (worker: number | undefined) => {
      asked.push(worker);
      return absent;
    };
    const both = `Name: HAProxy\nPid: 42\n\n${text}`;
    expect(readWorkerStatistics(both, LB, absentOf)).toEqual({
      ...readStatistics(text, LB, absent),
      worker: 42,
      isStopping: false,
    });
    readWorkerStatistics(text, LB, absentOf);
    expect(asked).toEqual([42, undefined]);
  });
});

describe('workerPid', () => {
  it('is that of show info', () => {
    expect(workerPid('Name: HAProxy\nPid: 42\nUptime: 0d\n\n')).toBe(42);
    expect(workerPid('Unknown command\n')).toBeUndefined();
  });
});
