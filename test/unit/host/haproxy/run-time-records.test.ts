import { describe, expect, it } from 'vitest';
import {
  parseRunTimeRecord,
  type RunTimeRecord,
  serialiseRunTimeRecord,
} from '../../../../src/domain/run-time/run-time-record.ts';
import { askWithAbsent, createRunTimeRecords } from '../../../../src/host/haproxy/run-time-records.ts';

const recordOf = (worker: number, ...servers: string[]): RunTimeRecord => ({
  worker,
  isUnfinished: false,
  absent: servers.map((server) => ({ backend: 'pool', server, words: [] })),
  applied: [],
});

describe('the records of changes without a reload', () => {
  it('are read again only when their file has changed', async () => {
    const state: { text: string | undefined; changes: number; reads: number } = {
      text: undefined,
      changes: 0,
      reads: 0,
    };
    const records = createRunTimeRecords({
      fingerprint: async () => (state.text === undefined ? undefined : `${state.changes}`),
      async readText() {
        state.reads += 1;
        return state.text;
      },
    });
    const read = () => records.read('run-time.json');
    expect(await read()).toBeUndefined();
    expect(state.reads).toBe(0);
    state.text = serialiseRunTimeRecord(recordOf(1, 'one'));
    const first = await read();
    expect(first).toEqual(parseRunTimeRecord(state.text));
    expect(await read()).toBe(first);
    expect(state.reads).toBe(1);
    Object.assign(state, { text: 'half a rec', changes: 1 });
    expect(await read()).toBeUndefined();
    expect(await read()).toBeUndefined();
    expect(state.reads).toBe(2);
    state.text = undefined;
    expect(await read()).toBeUndefined();
  });
});

describe('askWithAbsent', () => {
  const [none, one, other, oldWorker] = [
    recordOf(1),
    recordOf(1, 'one'),
    recordOf(1, 'other'),
    recordOf(9, 'old'),
  ];

  /** @param scene the records at each reading; after the last one it stays. @returns names left out, number of questions */
  async function names(scene: readonly (RunTimeRecord | undefined)[]) {
    let [reading, asked] = [0, 0];
    const read = async () => scene[Math.min(reading++, scene.length - 1)];
    const { answer, absentOf } = await askWithAbsent(read, async () => `answer ${++asked}`);
    expect(answer).toBe(`answer ${asked}`);
    return { asked, absent: [...(absentOf(1).get('pool') ?? [])] };
  }

  it.each([
    ['without a file', [undefined], 1, []],
    ['when nothing changes', [one], 1, ['one']],
    ['when the file is that of a former worker', [oldWorker], 1, []],
    ['when an addition begins before the answer', [none, one], 2, ['one']],
    ['when an addition ends after the answer', [one, none], 2, []],
    ['when a removal follows', [one, other], 2, ['other']],
    ['when each answer has a change', [none, one, none, other], 3, ['one', 'other']],
    ['when a reload empties the record each time', [one, undefined, one, undefined], 3, ['one']],
  ])('%s', async (_when, scene, asked, absent) => {
    expect(await names(scene)).toEqual({ asked, absent });
  });
});
