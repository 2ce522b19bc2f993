import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  parseIpvsadm,
  parseIpvsadmCounters,
  parseIpvsFile,
} from '../../../src/domain/keepalived/ipvs-text.ts';
import { isBroken } from '../../../src/domain/keepalived/lvs-complaints.ts';
import { lvsStatistics } from '../../../src/domain/keepalived/lvs-statistics.ts';
import { readLvsText } from '../../../src/domain/keepalived/lvs-text.ts';
import { keepalivedCheck } from '../../../src/domain/service-definitions.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import {
  ipvsadmStatistics,
  ipvsadmTable,
  ipvsFile,
  type PlayedService,
} from '../../support/keepalived/ipvs-outputs.ts';

const SCRIPT = path.join(import.meta.dirname, 'octavia_lvs.py');
const LISTENER = 'a2000000-0000-4000-8000-000000000002';
const POOL = 'a3000000-0000-4000-8000-000000000003';
const MONITOR = 'a4000000-0000-4000-8000-000000000004';

interface Member {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly enabled?: boolean;
}
const member = (digit: number, address: string, weight = 1, enabled = true): Member => ({
  id: `a5000000-0000-4000-8000-00000000000${digit}`,
  address,
  port: 82,
  weight,
  enabled,
});
const ONE = member(1, '10.0.0.99', 13);
const DRAINED = member(2, '10.0.0.98', 0);
const SIX = member(6, '2001:db8::99');
const OFF = member(9, '10.0.0.97', 1, false);

interface Model {
  readonly protocol: string;
  readonly vips: readonly string[];
  readonly pool?: string;
  readonly members: readonly Member[];
  readonly monitor?: { readonly id: string; readonly type: string };
  readonly [setting: string]: unknown;
}
const model = (changes: Partial<Model> = {}): Model => ({
  load_balancer: 'a1000000-0000-4000-8000-000000000001',
  listener: LISTENER,
  protocol: 'UDP',
  port: 53,
  vips: ['10.0.0.10'],
  pool: POOL,
  members: [ONE, DRAINED, OFF],
  monitor: { id: MONITOR, type: 'UDP-CONNECT' },
  ...changes,
});
const { monitor: _monitor, ...unmonitored } = model();
const { pool: _pool, ...poolless } = model();

/** Returns the state of the kernel if it had these members. */
function kernelOf({ protocol, vips }: Model, present: readonly Member[]): PlayedService[] {
  return vips
    .map((address, index): PlayedService => {
      const own = present.filter((one) => one.address.includes(':') === address.includes(':'));
      const members = own.map((one, row) => ({ ...one, activeConnections: 10 * row + 3 }));
      const counters = [7_000_000_000 + index, 10, 20, 123_456_789_012 + index, 987_654_321_098] as const;
      return { protocol, address, port: 53, members, counters };
    })
    .filter(({ members }) => members.length > 0);
}

interface Case {
  readonly name: string;
  readonly model: Model;
  readonly present: readonly Member[];
  /** seconds since keepalived read the configuration; below 0 it has not yet */
  readonly age?: number;
}
const CASES: readonly Case[] = [
  { name: 'all members are there', model: model(), present: [ONE, DRAINED] },
  { name: 'a monitored member has failed', model: model(), present: [DRAINED] },
  { name: 'every member has failed', model: model(), present: [] },
  { name: 'keepalived has yet to be restarted', model: model(), present: [], age: -5 },
  { name: 'there is no monitor', model: unmonitored, present: [ONE, DRAINED] },
  { name: 'there is no monitor and nothing in the kernel', model: unmonitored, present: [] },
  { name: 'there is no member', model: model({ members: [] }), present: [] },
  { name: 'every member is disabled', model: model({ members: [OFF] }), present: [] },
  { name: 'the pool is disabled', model: model({ pool_enabled: false }), present: [] },
  { name: 'there is no pool', model: poolless, present: [] },
  { name: 'the load balancer is disabled', model: model({ load_balancer_enabled: false }), present: [] },
  {
    name: 'it speaks SCTP',
    model: model({ protocol: 'SCTP', monitor: { id: MONITOR, type: 'SCTP' } }),
    present: [ONE],
  },
  {
    name: 'the monitor is HTTP',
    model: model({ monitor: { id: MONITOR, type: 'HTTP' } }),
    present: [ONE, DRAINED],
  },
  {
    name: 'the monitor is TCP',
    model: model({ monitor: { id: MONITOR, type: 'TCP' } }),
    present: [ONE, DRAINED],
  },
  {
    name: 'there are two VIPs of one family',
    model: model({ vips: ['10.0.0.10', '10.0.0.11'] }),
    present: [ONE, DRAINED],
  },
  {
    name: 'both families are there',
    model: model({ vips: ['10.0.0.10', '2001:db8::10'], members: [ONE, DRAINED, SIX, OFF] }),
    present: [ONE, DRAINED, SIX],
  },
  { name: 'it is IPv6 only', model: model({ vips: ['2001:db8::10'], members: [SIX] }), present: [SIX] },
  {
    name: 'one family has no member',
    model: model({ vips: ['10.0.0.10', '2001:db8::10'], members: [ONE] }),
    present: [ONE],
  },
];

const Answers = z.array(
  z.object({
    config: z.string(),
    listeners: z.record(z.string(), z.unknown()),
    pool: z.record(z.string(), z.unknown()),
  }),
);
const theirs = new Map<string, z.infer<typeof Answers>[number]>();

async function askOctavia(cases: readonly Case[]): Promise<z.infer<typeof Answers>> {
  const input = cases.map(({ model: asked, present, age = 1000 }) => {
    const services = kernelOf(asked, present);
    return {
      model: asked,
      age,
      kernel: ipvsFile(services),
      table: ipvsadmTable(services),
      statistics: ipvsadmStatistics(services),
    };
  });
  const { stdout } = await createCommandRunner().run(['/usr/bin/python3', SCRIPT], {
    timeoutMs: 60_000,
    input: JSON.stringify(input),
  });
  return Answers.parse(JSON.parse(stdout));
}

beforeAll(async () => {
  const answers = await askOctavia(CASES);
  for (const [index, { name }] of CASES.entries()) {
    const answer = answers[index];
    if (answer !== undefined) theirs.set(name, answer);
  }
});

/** Returns the report of our agent in the form of Octavia's agent. */
function ours({ name, model: asked, present, age = 1000 }: Case) {
  const services = kernelOf(asked, present);
  const text = readLvsText(theirs.get(name)?.config ?? '');
  const counters = parseIpvsadmCounters(ipvsadmStatistics(services));
  const [fromFile, fromProgram] = [parseIpvsFile(ipvsFile(services)), parseIpvsadm(ipvsadmTable(services))];
  expect(fromFile).toEqual(fromProgram);
  const { listener, pool } = lvsStatistics(LISTENER, text, { services: fromFile, counters }, age < 0);
  return {
    listeners: {
      [LISTENER]: { status: listener.status, stats: { ...listener.counters, scur: listener.connections } },
    },
    pool:
      pool === undefined
        ? {}
        : { lvs: { uuid: pool.id, status: pool.status, members: Object.fromEntries(pool.members) } },
  };
}

/** Faults of octavia-agent 11.0.0 that our agent does not have, with the report of octavia-agent. */
const FAULTS: Readonly<Record<string, { readonly listeners?: object; readonly pool?: object }>> = {
  // it reports traffic of the first VIP of each family only
  'there are two VIPs of one family': {
    listeners: {
      [LISTENER]: {
        status: 'OPEN',
        stats: { bin: 123_456_789_012, bout: 987_654_321_098, ereq: 0, scur: 16, stot: 7_000_000_000 },
      },
    },
  },
  // it searches all members in the virtual service of one family
  'both families are there': {
    pool: {
      lvs: {
        uuid: POOL,
        status: 'UP',
        members: { [ONE.id]: 'UP', [DRAINED.id]: 'DRAIN', [SIX.id]: 'DOWN', [OFF.id]: 'MAINT' },
      },
    },
  },
  // it sends no heartbeat at all
  'one family has no member': { listeners: { error: 'KeyError' } },
};

describe("what Octavia's agent reports about a UDP listener of Octavia", () => {
  it.each(CASES)('is the report of our agent too, when $name', (one) => {
    const { listeners, pool } = theirs.get(one.name) ?? {};
    const said = ours(one);
    const fault = FAULTS[one.name];
    expect(listeners).toEqual(fault?.listeners ?? said.listeners);
    expect(pool).toEqual(fault?.pool ?? said.pool);
  });

  it('is empty for a disabled listener', async () => {
    const disabled = { name: '', model: model({ listener_enabled: false }), present: [] };
    const [answer] = await askOctavia([disabled]);
    expect(answer?.listeners).toEqual({});
    expect(readLvsText(answer?.config ?? '')).toMatchObject({ listenerId: LISTENER, isDisabled: true });
  });
});

it('the check of keepalived accepts every UDP listener of Octavia', async () => {
  const file = '/var/lib/lvs-peer.conf';
  for (const { config } of theirs.values()) {
    await createFiles().write(file, config, { mode: 0o600 });
    const { output } = await createCommandRunner().run(keepalivedCheck(file), {
      timeoutMs: 30_000,
      okCodes: [0, 5, 6],
    });
    expect(isBroken(output, true), output).toBe(false);
    expect(isBroken(output, false), output).toBe(false);
  }
  await createFiles().remove(file);
});
