import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BeatOutcome } from '../../../src/heartbeat/settings.ts';
import { beatWorld, received, SETTINGS } from '../../support/heartbeat/beat-world.ts';

describe('a beat', () => {
  it('goes to one controller after the other, counts messages from 0 and tells the growth of counters', async () => {
    const { beat, state } = beatWorld();
    for (let beats = 0; beats < 4; beats += 1) {
      await beat();
      state.bin += 5;
    }
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 5],
      ['three', 2, 5],
      ['one', 3, 5],
    ]);
    expect(state.saved.map((book) => book.reported.get('L')?.bin)).toEqual([10, 15, 20, 25]);
    expect(state.loads).toBe(1);
  });

  it('tells no traffic of a listener whose counters are not known, and the growth once they are', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.countersAreKnown = false;
    await beat();
    Object.assign(state, { countersAreKnown: true, bin: 15 });
    await beat();
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 0],
      ['three', 2, 5],
    ]);
    expect(state.saved.map((book) => book.reported.get('L')?.bin)).toEqual([10, 10, 15]);
  });

  it('that cannot be sent costs only its own turn, and its traffic is told by the next one', async () => {
    const { beat, state } = beatWorld();
    state.unreachable.add('one');
    state.unresolvable.add('two');
    for (let beats = 0; beats < 4; beats += 1) {
      await beat();
      state.bin += 5;
    }
    expect(received(state)).toEqual([['three', 2, 20]]);
    expect(state.saved.map((book) => book.reported.get('L')?.bin)).toEqual([
      10,
      undefined,
      undefined,
      20,
      25,
      20,
    ]);
  });

  it('is on disk before it is sent', async () => {
    const { beat, state } = beatWorld();
    const written = Promise.withResolvers<void>();
    state.write = () => written.promise;
    const isSent = beat();
    await delay(10);
    expect(state.sent).toEqual([]);
    written.resolve();
    await isSent;
    expect(received(state)).toEqual([['one', 0, 10]]);
  });

  it('does not wait long for a disk that hangs', async () => {
    const { beat, state } = beatWorld();
    state.write = () => new Promise(() => undefined);
    expect(await beat()).toMatchObject({ kind: 'sent' });
  });

  it('logs an unreachable controller when it becomes so and when that is over, not every time', async () => {
    const { beat, state, log } = beatWorld();
    state.settings = { ...SETTINGS, controllers: [{ host: 'one', port: 1 }] };
    state.unreachable.add('one');
    await beat();
    await beat();
    state.unreachable.clear();
    await beat();
    await beat();
    expect(log.map(({ level, subject }) => [level, subject])).toEqual([
      [40, 'controller one:1'],
      [30, 'controller one:1'],
    ]);
  });

  it('is silent while a configured keepalived is down, and no message is counted', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.keepalivedIsDown = true;
    expect(await beat()).toEqual({ kind: 'silent', reason: 'keepalived' });
    expect(await beat()).toEqual({ kind: 'silent', reason: 'keepalived' });
    state.keepalivedIsDown = false;
    state.bin += 3;
    await beat();
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 3],
    ]);
  });

  it('leaves the counters alone where there are no controllers', async () => {
    const { beat, state } = beatWorld();
    state.settings = { ...SETTINGS, controllers: [] };
    expect(await beat()).toEqual({ kind: 'silent', reason: 'no controllers' });
    expect(state).toMatchObject({ saved: [], loads: 0 });
  });

  it('is not sent without a key', async () => {
    const { beat, state, log } = beatWorld();
    state.settings = { ...SETTINGS, key: undefined };
    expect(await beat()).toEqual({ kind: 'silent', reason: 'no key' });
    expect(log[0]?.subject).toBe('heartbeat_key');
  });

  it('takes up new controllers and a new key', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.settings = { ...SETTINGS, controllers: [{ host: 'new', port: 9 }] };
    await beat();
    expect(state.sent.map(({ to }) => to)).toEqual(['one', 'new']);
  });

  it.each([
    ['auto', undefined, 3],
    ['auto', 3, 3],
    ['auto', 1, 1],
    ['1', 3, 1],
    ['3', 1, 3],
  ] as const)(
    'by the option %s, with load balancers of version %s, has version %i',
    async (option, observed, version) => {
      const { beat, state } = beatWorld();
      state.settings = { ...SETTINGS, version: option };
      state.version = observed;
      await beat();
      expect(state.sent[0]?.message.ver).toBe(version);
    },
  );

  it('of version 1 tells absolute counters and listeners that do not run', async () => {
    const { beat, state } = beatWorld();
    state.version = 1;
    await beat();
    await beat();
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 10],
    ]);
    expect(state.sent[0]?.message.listeners['S']?.status).toBe('DOWN');
  });

  it('that fits no datagram is told in turns, with each listener’s traffic once, and logged once', async () => {
    const { beat, state, log } = beatWorld();
    state.members = 4000;
    const outcomes: BeatOutcome[] = [];
    for (let beats = 0; beats < 4; beats += 1) {
      outcomes.push(await beat());
      state.bin += 5;
    }
    expect(outcomes.map((outcome) => 'parts' in outcome && outcome.parts)).toEqual([2, 2, 2, 2]);
    expect(received(state).map(([, , growth]) => growth)).toEqual([10, 0, 10, 0]);
    expect(log.map(({ subject }) => subject)).toEqual(['heartbeat size']);
    state.members = 10;
    await beat();
    expect(received(state).at(-1)).toEqual(['two', 4, 10]);
    expect(log.map(({ msg }) => msg).at(-1)).toBe('the problem is over');
  });

  it('is not sent once the agent is closing', async () => {
    const { beat, state, closing } = beatWorld();
    closing.abort();
    expect(await beat()).toEqual({ kind: 'silent', reason: 'closing' });
    expect(state.sent).toEqual([]);
  });

  it('is observed at once and sent a twentieth of the interval after it was due, however long observing took', async () => {
    const { beat, state } = beatWorld();
    state.isWaiting = true;
    const due = performance.now();
    const beating = beat(due);
    await expect.poll(() => state.waits.map(({ moment }) => moment)).toEqual([due + 50]);
    expect(state.sent).toEqual([]);
    state.waits[0]?.end();
    expect(await beating).toMatchObject({ kind: 'sent' });
  });

  it('is not sent when the agent closes while it waits for its moment', async () => {
    const { beat, state, closing } = beatWorld();
    state.isWaiting = true;
    const due = performance.now();
    const beating = beat(due);
    await expect.poll(() => state.waits.length).toBe(1);
    closing.abort();
    state.waits[0]?.end();
    expect(await beating).toEqual({ kind: 'silent', reason: 'closing' });
    expect(state.sent).toEqual([]);
  });

  it('of a long interval waits half a second at most', async () => {
    const { beat, state } = beatWorld();
    state.settings = { ...SETTINGS, intervalMs: 60_000 };
    const due = performance.now();
    await beat(due);
    expect(state.waits.map(({ moment }) => moment)).toEqual([due + 500]);
  });
});
