import { describe, expect, it } from 'vitest';
import { createPaths } from '../../../../src/domain/paths.ts';
import {
  type RunTimeRecord,
  serialiseRunTimeRecord,
} from '../../../../src/domain/run-time/run-time-record.ts';
import { SocketSilent } from '../../../../src/errors.ts';
import { createAbsentMembers } from '../../../../src/host/haproxy/absent-members.ts';

const [LB, OTHER] = ['99999999-9999-4999-8999-999999999999', '88888888-8888-4888-8888-888888888888'];
const PATHS = createPaths({ basePath: '/base', baseCertDir: '', agentServerNetworkDir: '' });

const recordOf = (absent: string[], added: string[] = [], worker = 1): RunTimeRecord => ({
  worker,
  isUnfinished: false,
  absent: absent.map((server) => ({ backend: 'pool', server, words: [] })),
  added: added.map((server) => ({ backend: 'pool', server })),
  applied: [],
});

/** @param worker process id that haproxy says; `silent`: haproxy does not answer */
function world(worker: number | 'silent' = 1) {
  const texts = new Map<string, string>();
  const asked: string[] = [];
  let changes = 0;
  const fingerprints = new Map<string, string>();
  const members = createAbsentMembers(PATHS, {
    files: {
      list: async () => [LB, OTHER, `${LB}.sock`, 'vrrp'],
      fingerprint: async (file) => fingerprints.get(file),
      readText: async (file) => texts.get(file),
    },
    haproxy: {
      async ask(socket) {
        asked.push(socket);
        if (worker === 'silent') throw new SocketSilent(socket, 'late', false);
        return `Name: HAProxy\nPid: ${worker}\n\n`;
      },
    },
  });
  const put = (record: RunTimeRecord, id = LB): void => {
    const file = `/base/${id}/run-time.json`;
    texts.set(file, serialiseRunTimeRecord(record));
    fingerprints.set(file, `${++changes}`);
  };
  const begin = () => {
    const read = members.beginReport();
    return async () => [...((await read()).get('pool') ?? [])].sort();
  };
  return { put, begin, asked };
}

describe('the members that metrics leave out', () => {
  it('are none without a record, and haproxy is not asked', async () => {
    const { begin, asked } = world();
    expect(await begin()()).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('are those of all load balancers', async () => {
    const { put, begin, asked } = world();
    put(recordOf(['one']));
    put(recordOf(['two']), OTHER);
    const read = begin();
    expect(await read()).toEqual(['one', 'two']);
    expect(await read()).toEqual(['one', 'two']);
    expect(asked.sort()).toEqual([`/base/${OTHER}.sock`, `/base/${LB}.sock`]);
  });

  it.each<[string, number | 'silent', string[]]>([
    ['that serves', 1, ['one']],
    ['that has ended', 2, []],
    ['that does not answer', 'silent', ['one']],
  ])('are those of a worker %s', async (_which, worker, expected) => {
    const { put, begin } = world(worker);
    put(recordOf(['one']));
    expect(await begin()()).toEqual(expected);
  });

  it('stay those of every record that the report has seen', async () => {
    const { put, begin } = world();
    put(recordOf(['one']));
    const read = begin();
    await read();
    put(recordOf(['two']));
    expect(await read()).toEqual(['one', 'two']);
    put(recordOf([], [], 0));
    expect(await read()).toEqual(['one', 'two']);
    expect(await begin()()).toEqual([]);
  });

  it('are also those whose addition began and ended during the report', async () => {
    const { put, begin } = world();
    const read = begin();
    expect(await read()).toEqual([]);
    put(recordOf([], ['new']));
    expect(await read()).toEqual(['new']);
    expect(await begin()()).toEqual([]);
  });

  it('are not those of an addition that ended before the report, when its record is read twice', async () => {
    const { put, begin } = world();
    put(recordOf([], ['new']));
    const read = begin();
    expect(await read()).toEqual([]);
    // another report that ran at the same time made the reader forget the fingerprint of the file
    put(recordOf([], ['new']));
    expect(await read()).toEqual([]);
  });
});
