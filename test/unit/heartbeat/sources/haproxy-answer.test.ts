import { describe, expect, it } from 'vitest';
import { createWorkerReader } from '../../../../src/domain/haproxy/statistics.ts';
import { SocketSilent } from '../../../../src/errors.ts';
import { type AskedHaproxy, askHaproxy as askNow } from '../../../../src/heartbeat/sources/haproxy-answer.ts';

const HEADER = '# pxname,svname,scur,stot,bin,bout,ereq,status,weight,type';
const answerOf = (status: string): string => `${HEADER}\nL,FRONTEND,0,0,0,0,0,${status},,0\n\n`;
const refusal = (): never => {
  throw new SocketSilent('/socket', 'ECONNREFUSED', true);
};

/** A haproxy that gives one answer after the other, and the last one for ever. */
function scripted(answers: (() => string)[], runs: (question: number) => boolean = () => true) {
  let asked = 0;
  let left = 0;
  const haproxy = {
    askKept: () => haproxy.ask(),
    async ask() {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      return answer?.() ?? '';
    },
    record: async () => undefined,
    isRunning: async () => runs(asked),
    read: createWorkerReader('LB'),
    leave() {
      left += 1;
    },
  };
  return { haproxy, asked: () => asked, left: () => left };
}

const askHaproxy = async (haproxy: AskedHaproxy, deadlineMs: number) =>
  askNow(haproxy, deadlineMs, await haproxy.record());

const statuses = (state: Awaited<ReturnType<typeof askHaproxy>>) =>
  state.kind === 'answered' ? state.statistics.listeners.map(({ status }) => status) : state.kind;

describe('the question for the state of a haproxy', () => {
  it('is repeated when the connection is refused while workers are replaced', async () => {
    const { haproxy, asked } = scripted([refusal, refusal, () => answerOf('OPEN')]);
    expect(statuses(await askHaproxy(haproxy, 2000))).toEqual(['OPEN']);
    expect(asked()).toBe(3);
  });

  it('is repeated when a stopping worker answers STOP', async () => {
    const { haproxy, left } = scripted([() => answerOf('STOP'), () => answerOf('OPEN')]);
    expect(statuses(await askHaproxy(haproxy, 2000))).toEqual(['OPEN']);
    expect(left()).toBe(1);
  });

  it('is repeated over a new connection, also when the kept one gave nonsense', async () => {
    const { haproxy, asked, left } = scripted([() => answerOf('OPEN')]);
    const askKept = async () => 'garbage';
    expect(statuses(await askHaproxy({ ...haproxy, askKept }, 2000))).toEqual(['OPEN']);
    expect([asked(), left()]).toEqual([1, 1]);
  });

  it('is not asked of the same worker the next time if it has no listener, because it would not show that it stops', async () => {
    const { haproxy, left } = scripted([() => `${HEADER}\n\n`]);
    expect(statuses(await askHaproxy(haproxy, 2000))).toEqual([]);
    expect(left()).toBe(1);
  });

  it('returns STOP if no other answer comes', async () => {
    const { haproxy } = scripted([() => answerOf('STOP'), refusal]);
    expect(statuses(await askHaproxy(haproxy, 100))).toEqual(['STOP']);
  });

  it.each([
    ['half an answer', () => answerOf('OPEN').slice(0, -1)],
    ['no CSV', () => 'garbage'],
    ['nothing at all', refusal],
  ])('reports a haproxy that gives %s until the deadline as stuck', async (_what, answer) => {
    const { haproxy, asked } = scripted([answer]);
    expect(statuses(await askHaproxy(haproxy, 100))).toBe('stuck');
    expect(asked()).toBeGreaterThan(1);
  });

  it('reports a refusing haproxy as stuck no earlier than a silent one, so that heartbeats stay even', async () => {
    const began = performance.now();
    expect(statuses(await askHaproxy(scripted([refusal]).haproxy, 200))).toBe('stuck');
    expect(performance.now() - began).toBeGreaterThan(195);
  });

  it('looks for the process of haproxy only if haproxy gives no answer', async () => {
    expect(statuses(await askHaproxy(scripted([() => answerOf('OPEN')], () => false).haproxy, 100))).toEqual([
      'OPEN',
    ]);
    const { haproxy, asked } = scripted([refusal], () => false);
    expect(statuses(await askHaproxy(haproxy, 100))).toBe('stopped');
    expect(asked()).toBe(1);
  });

  it('reports a haproxy that dies during the question as stopped', async () => {
    const { haproxy } = scripted([refusal], (question) => question < 2);
    expect(statuses(await askHaproxy(haproxy, 2000))).toBe('stopped');
  });

  it('leaves out the members that the record of its worker names', async () => {
    const answer = `Pid: 42\n\n${HEADER}\nP:L,M,0,0,0,0,0,MAINT,1,2\nP:L,N,0,0,0,0,0,UP,1,2\nP:L,BACKEND,0,0,0,0,0,UP,1,1\n\n`;
    const record = { worker: 42, isUnfinished: false, applied: [] };
    const absent = [{ backend: 'P:L', server: 'M', words: [] }];
    const ask = (worker: number) =>
      askHaproxy(
        { ...scripted([() => answer]).haproxy, record: async () => ({ ...record, worker, absent }) },
        2000,
      );
    const members = (state: Awaited<ReturnType<typeof askHaproxy>>) =>
      state.kind === 'answered' ? state.statistics.pools.map((pool) => [...pool.members.keys()]) : state.kind;
    expect(members(await ask(42))).toEqual([['N']]);
    expect(members(await ask(41))).toEqual([['M', 'N']]);
  });

  it('throws an unexpected error', async () => {
    const defect = new TypeError('a defect');
    const { haproxy } = scripted([
      () => {
        throw defect;
      },
    ]);
    await expect(askHaproxy(haproxy, 100)).rejects.toBe(defect);
  });
});
