import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Got, PAST_NEXT_LOOK_MS, useDrainScene } from '../../support/haproxy/drain-scene.ts';

const {
  world,
  must,
  ONE,
  TWO,
  pool,
  otherPool,
  atDrain,
  drain,
  state,
  untilDrained,
  atSocket,
  workerPid,
  adminStates,
  request,
  namesOf,
  holdEach,
  release,
  keepAsking,
  one,
  two,
} = useDrainScene();

describe('a drain', () => {
  it('ends with the last session, in each pool of the member, and loses no request', async () => {
    const pid = await workerPid();
    const traffic = keepAsking();
    const { answers } = await holdEach();
    const began = await drain(ONE, '?timeout=300');
    expect([began.status, began.json]).toEqual([
      202,
      {
        state: 'draining',
        sessions: expect.any(Number),
        oldest_seconds: expect.any(Number),
        deadline: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        cut: false,
        details: `no other member of pool ${otherPool} serves: new connections fail until one does, or until DELETE brings this one back`,
      },
    ]);
    expect(await adminStates()).toEqual(['8', '8']);
    expect(await namesOf(10)).toEqual([TWO]);
    await delay(2_000);
    expect(await state()).toMatchObject({ state: 'draining', sessions: one().held() });
    release();
    expect(statusesOf(await answers)).toEqual([200]);
    await untilDrained();
    expect(await adminStates()).toEqual(['1', '1']);
    const back = await must('DELETE', atDrain(ONE));
    // the traffic may have come back to the member before the answer
    expect([back.status, back.json]).toEqual([
      200,
      {
        state: 'enabled',
        sessions: expect.any(Number),
        oldest_seconds: expect.toSatisfy(isAge),
        deadline: null,
        cut: false,
      },
    ]);
    expect(await namesOf(10)).toEqual([ONE, TWO].toSorted());
    expect(await traffic.end()).toEqual([200]);
    expect(await workerPid()).toBe(pid);
  });

  it('ends at its deadline, which a second request moves, and leaves the open sessions alone', async () => {
    const { answers } = await holdEach();
    await drain(ONE, '?timeout=300');
    const moved = await drain(ONE, '?timeout=1');
    expect(moved.json).toMatchObject({ state: 'draining', sessions: one().held() });
    await untilDrained();
    expect(await state()).toMatchObject({ sessions: one().held() });
    expect(one().held()).toBeGreaterThan(0);
    release();
    expect(statusesOf(await answers)).toEqual([200]);
  });

  it('closes what is left at its deadline if it cuts, and not what is with other members', async () => {
    const { answers } = await holdEach();
    const ofTwo = two().held();
    await drain(ONE, '?timeout=1&cut=true');
    await untilDrained();
    expect(await state()).toMatchObject({ sessions: 0, cut: true });
    await expect.poll(() => one().held()).toBe(0);
    expect(two().held()).toBe(ofTwo);
    release();
    await answers.catch(() => undefined);
  });

  it('that has ended closes what is left at once when a second request cuts', async () => {
    await holdEach();
    await drain(ONE, '?timeout=1');
    await untilDrained();
    expect(one().held()).toBeGreaterThan(0);
    expect((await drain(ONE)).json).toMatchObject({ state: 'drained', cut: false });
    expect(one().held()).toBeGreaterThan(0);
    expect((await drain(ONE, '?cut=true')).json).toMatchObject({ state: 'drained', cut: true });
    await expect.poll(() => one().held()).toBe(0);
    expect(await state()).toMatchObject({ state: 'drained', sessions: 0 });
  });

  it('shows in heartbeats and the status as DRAIN, before and after its end', async () => {
    const { answers } = await holdEach();
    const shown = async (status: string): Promise<void> => {
      await world.healthManager.next(({ pools }) => pools?.[pool()]?.members[ONE] === status);
    };
    await drain(ONE);
    await shown('DRAIN');
    release();
    await answers;
    await untilDrained();
    const { message } = await world.healthManager.next(() => true);
    const { message: next } = await world.healthManager.next(({ seq }) => seq > message.seq);
    expect(next.pools?.[pool()]?.members).toMatchObject({ [ONE]: 'DRAIN' });
    expect((await must('GET', '/status')).body).toContain(`    member ${ONE}: DRAIN`);
    expect((await must('GET', '/status')).body).not.toContain('MAINT');
    expect((await must('GET', '/statistics')).body).not.toContain('MAINT');
    await must('DELETE', atDrain(ONE));
    await shown('UP');
  });

  it('of the last member that serves is done, with a warning', async () => {
    await drain(ONE);
    const last = await drain(TWO);
    expect([last.status, last.json]).toEqual([
      202,
      expect.objectContaining({
        state: 'draining',
        details: expect.stringContaining(`no other member of pool ${pool()} serves`),
      }),
    ]);
    await expect.poll(async () => (await request()).status).toBe(503);
    await must('DELETE', atDrain(TWO));
    expect((await request()).status).toBe(200);
  });

  it('is given up when a command to haproxy brings the member back', async () => {
    const { answers } = await holdEach();
    await drain(ONE);
    await atSocket('/master.sock', `@1 set server ${pool()}/${ONE} state ready`);
    expect(await state()).toMatchObject({ state: 'enabled', deadline: null });
    await expect.poll(() => adminStates()).toEqual(['0', '0']);
    release();
    await answers;
    await delay(PAST_NEXT_LOOK_MS);
    expect(await adminStates()).toEqual(['0', '0']);
  });
});

const isAge = (value: unknown): boolean => value === null || typeof value === 'number';
const statusesOf = (answers: readonly Got[]): number[] => [...new Set(answers.map(({ status }) => status))];
