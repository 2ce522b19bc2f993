import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HeartbeatReport } from '../../../src/domain/heartbeat/heartbeat-message.ts';
import { packHeartbeat } from '../../../src/domain/heartbeat/heartbeat-parts.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { reportOf } from '../../support/heartbeat/heartbeat-reports.ts';

const SCRIPT = path.join(import.meta.dirname, 'octavia_health_manager.py');
const KEY = 'key';

const texts = z.record(z.string(), z.string());
const counts = z.record(z.string(), z.number());
const state = z.object({
  counted: z.boolean(),
  loadBalancer: z.string(),
  listeners: texts,
  pools: texts,
  members: texts,
  received: counts,
  connections: counts,
});
type State = z.infer<typeof state>;

/** What the health manager knows after each of the messages, when it knew of every listener, pool and member before. */
async function healthManagerReads(
  report: HeartbeatReport,
  datagrams: readonly Buffer[],
  known: (status: string) => string,
): Promise<State[]> {
  const members = report.pools.map(({ id, members }) => [
    id,
    Object.fromEntries([...members].map(([member, status]) => [member, known(status)])),
  ]);
  const given = {
    key: KEY,
    amphora: report.amphoraId,
    listeners: report.listeners.map(({ id }) => id),
    pools: Object.fromEntries(members),
    datagrams: datagrams.map((datagram) => datagram.toString('hex')),
  };
  const { stdout } = await createCommandRunner().run(['/usr/bin/python3', '-W', 'ignore', SCRIPT], {
    timeoutMs: 120_000,
    input: JSON.stringify(given),
  });
  return z.array(state).parse(JSON.parse(stdout));
}

/** The statuses of Octavia's API reference. */
const OPERATING: Readonly<Record<string, string>> = {
  UP: 'ONLINE',
  DRAIN: 'DRAINING',
  'no check': 'NO_MONITOR',
  MAINT: 'OFFLINE',
};
const operating = (status: string): string => OPERATING[status] ?? status;

const tallied = (values: Readonly<Record<string, string>>): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(Object.values(values), (value) => value)
      .entries()
      .map(([value, { length }]) => [value, length]),
  );

describe("Octavia's own health manager, for an amphora whose heartbeats are sent in parts", () => {
  const statuses = ['UP', 'DRAIN', 'no check', 'MAINT', 'no check', 'no check', 'no check', 'no check'];
  const report = reportOf(0, { listeners: 5, members: 40 }, (member) => statuses[member % 8] ?? '');
  const packed = Array.from({ length: 8 }, (_, sequence) =>
    packHeartbeat(3, { ...report, sequence }, KEY, 3000),
  );
  let states: State[];

  beforeAll(async () => {
    const datagrams = packed.map(({ datagram }) => datagram);
    states = await healthManagerReads(report, datagrams, operating);
  });

  it('receives messages that are parts', () => {
    expect(packed.map(({ parts, unnamed }) => ({ parts, unnamed }))).toEqual(
      packed.map(() => ({ parts: 4, unnamed: 0 })),
    );
  });

  it('counts each message as a heartbeat', () => {
    expect(states.map(({ counted }) => counted)).toEqual(packed.map(() => true));
  });

  it('never stores a wrong status', () => {
    for (const { loadBalancer, listeners, pools, members } of states) {
      expect(loadBalancer).toBe('ONLINE');
      expect(tallied(listeners)).toEqual({ ONLINE: 5 });
      expect(tallied(pools)).toEqual({ ONLINE: 5 });
      expect(tallied(members)).toEqual({ ONLINE: 25, DRAINING: 25, NO_MONITOR: 125, OFFLINE: 25 });
    }
  });

  it('adds up the traffic of all parts, and reads all connections from each part', () => {
    const first = states[0]?.connections;
    expect(report.listeners.map(({ id }) => first?.[id])).toEqual([0, 1, 2, 3, 4]);
    const afterOnePass = states[3]?.received;
    expect(report.listeners.map(({ id }) => afterOnePass?.[id])).toEqual([1000, 1001, 1002, 1003, 1004]);
  });
});

it('the health manager reads members without a monitor from the part that names them', async () => {
  const report = reportOf(0, { listeners: 1, members: 100 }, () => 'no check');
  const datagrams = Array.from(
    { length: 4 },
    (_, sequence) => packHeartbeat(3, { ...report, sequence }, KEY, 1000).datagram,
  );
  const states = await healthManagerReads(report, datagrams, () => 'OFFLINE');
  const learnt = states.map(({ members }) => tallied(members)['NO_MONITOR']);
  expect(learnt).toEqual([25, 50, 75, 100]);
});

it('the health manager has the right status of all but the left-out members if monitored members do not fit', async () => {
  const report = reportOf(0, { listeners: 2, members: 300 }, (member) => (member === 299 ? 'DOWN' : 'UP'));
  const { datagram, unnamed } = packHeartbeat(3, report, KEY, 8000);
  const [after] = await healthManagerReads(report, [datagram], () => 'ONLINE');
  expect(after?.counted).toBe(true);
  expect(after?.loadBalancer).toBe('DEGRADED');
  expect(tallied(after?.listeners ?? {})).toEqual({ ONLINE: 2 });
  expect(tallied(after?.pools ?? {})).toEqual({ DEGRADED: 2 });
  expect(tallied(after?.members ?? {})).toEqual({ ONLINE: 598 - unnamed, ERROR: 2, OFFLINE: unnamed });
});
