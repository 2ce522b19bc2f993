import { setTimeout as delay } from 'node:timers/promises';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { type Contestant, FAST_INTERVALS, FASTEST_INTERVALS, USUAL_INTERVAL } from './contestants.ts';
import { largeConfig } from './large-config.ts';
import type { Measurement } from './measurement.ts';
import { cpuMs } from './process-costs.ts';

/** a minute: one look for drift is in it, whenever it comes */
const IDLE_MS = 60_000;
const USUAL_BEATS_MS = 18_000;
/** until what was done before is cleared away */
const REST_MS = 12_000;
const HOUR_MS = 3_600_000;
const BEATS_MS = 4000;

/** CPU that the agent takes for each heartbeat, which come as fast as they can. */
async function cpuOfBeats(contestant: Contestant): Promise<number> {
  await delay(1000);
  const pids = await contestant.pids();
  const [cpu, sequence] = [await cpuMs(pids), contestant.sequence()];
  await delay(BEATS_MS);
  return ((await cpuMs(await contestant.pids())) - cpu) / (contestant.sequence() - sequence);
}

export const beats: Measurement = {
  rows: ['beat-small', 'beat-large'],
  async measure(contestant) {
    const { balancer, name } = contestant;
    await contestant.serve(largeConfig(balancer, { listeners: 1, members: 1 }));
    await contestant.restart(FASTEST_INTERVALS[name]);
    // the start and the first look for drift are no part of a heartbeat
    await delay(REST_MS);
    const small = await cpuOfBeats(contestant);
    await contestant.serve(largeConfig(balancer, { listeners: 1, members: 2000 }));
    await contestant.restart(FAST_INTERVALS[name]);
    await delay(REST_MS);
    const large = await cpuOfBeats(contestant);
    await contestant.restart(USUAL_INTERVAL);
    await contestant.serve(haproxyConfigText(balancer));
    return { 'beat-small': small, 'beat-large': large };
  },
};

/**
 * As cpuOfBeats(), but with heartbeats so rare that the processor does other work between two of them. Looks for drift, of which one
 * comes each minute, are outside: the row `idle` has them.
 */
export const beatsAtRest: Measurement = {
  rows: ['beat-usual'],
  async measure(contestant) {
    const { balancer } = contestant;
    await contestant.serve(largeConfig(balancer, { listeners: 1, members: 1 }));
    await contestant.restart(1);
    await delay(REST_MS);
    const pids = await contestant.pids();
    const [cpu, sequence] = [await cpuMs(pids), contestant.sequence()];
    await delay(USUAL_BEATS_MS);
    const used = (await cpuMs(await contestant.pids())) - cpu;
    const figure = used / (contestant.sequence() - sequence);
    await contestant.restart(USUAL_INTERVAL);
    await contestant.serve(haproxyConfigText(balancer));
    return { 'beat-usual': figure };
  },
};

/** The whole agent with its child processes, also with those that ended meanwhile. */
export const idle: Measurement = {
  rows: ['idle'],
  together: true,
  async measure({ pids }) {
    await delay(REST_MS);
    const all = await pids();
    const before = await cpuMs(all);
    await delay(IDLE_MS);
    const used = (await cpuMs(all)) - before;
    return { idle: (used / 1000) * (HOUR_MS / IDLE_MS) };
  },
};
