import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Argv } from '../../../src/host/command.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { buildShippedAgent } from '../../support/amphora/shipped-agent.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { fixture } from '../../support/fixture.ts';
import { peakDuring } from '../../support/hostile/footprint.ts';
import { createPatientClient, type LargeRequest } from '../../support/hostile/patient-exchange.ts';

const MIB = 1024 * 1024;
/** The bound for the memory of the agent: less than MemoryHigh in systemd/amphora-agent.service. */
const MOST_MIB = 350;
const LIMIT_MS = 10 * 60_000;
const JSON_TYPE = 'application/json';
const MAC = 'fa:16:3e:00:00:01';

const id = (number: number): string => `6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1b${String(number).padStart(2, '0')}`;
const filled = (text: string, bytes: number): string => text.repeat(Math.floor(bytes / text.length));
const listOf = (item: string, bytes: number): string => `[${filled(`${item},`, bytes - 10).slice(0, -1)}]`;
const loadBalancer = (fields: string): string =>
  `{"loadbalancer_id":"${id(1)}","vip_address":"10.0.1.100",${fields}}`;

/** Bodies that are as large as possible, or as expensive as possible. */
const LINES = filled(`# ${'x'.repeat(82)}\n`, 16 * MIB - 100);
const NESTED = filled(`${'{"a":'.repeat(200)}\n`, MIB);

interface Place {
  readonly amphora: string;
  readonly vip: string;
}
const haproxy = ({ amphora }: Place): string => `/1.0/loadbalancer/${amphora}/${id(1)}/haproxy`;
const lvs = ({ amphora }: Place): string => `/1.0/listeners/${amphora}/${id(1)}/udp_listener`;
const vrrp = (): string => '/1.0/vrrp/upload';
const rules = ({ vip }: Place): string => `/1.0/interface/${vip}/rules`;

const CASES: readonly [
  what: string,
  status: number,
  target: (place: Place) => string,
  body: string,
  type?: string,
][] = [
  ['a configuration of nothing but line feeds', 400, haproxy, '\n'.repeat(16 * MIB - 1)],
  ['a configuration of one line', 400, lvs, 'a '.repeat(8 * MIB - 1)],
  ['a million programs to be run', 400, vrrp, filled('notify /x\n', 2 * MIB)],
  ['a configuration as large as it may be', 200, lvs, LINES],
  ['a dry run of another one in its place', 200, (at) => `${lvs(at)}?dry_run=true`, filled('# y\n', 500_000)],
  [
    'a dry run of control characters',
    200,
    (at) => `${haproxy(at)}?dry_run=true`,
    filled('\u0001'.repeat(60_000).concat('\n'), 3 * MIB),
  ],
  ['a model of a list of numbers', 400, haproxy, listOf('1', 8 * MIB), JSON_TYPE],
  [
    'a model of 100 000 wrong listeners',
    400,
    haproxy,
    loadBalancer(`"listeners":${listOf('{}', 300_000)}`),
    JSON_TYPE,
  ],
  [
    'a model of half a million names',
    400,
    haproxy,
    loadBalancer(Array.from({ length: 500_000 }, (_, name) => `"${name}":1`).join()),
    JSON_TYPE,
  ],
  ['half a million wrong rules', 400, rules, listOf('1', MIB), JSON_TYPE],
  [
    'a port with 300 000 wrong routes',
    400,
    () => '/1.0/plug/network',
    `{"mac_address":"${MAC}","fixed_ips":[{"ip_address":"10.0.9.9","subnet_cidr":"10.0.9.0/24","host_routes":${listOf('{}', MIB - 200)}}]}`,
    JSON_TYPE,
  ],
];

describe('the memory of the shipped agent stays within its bound', () => {
  let directory: string;
  let agent: Argv;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'shipped-agent-'));
    agent = await buildShippedAgent(directory);
  }, LIMIT_MS);
  afterAll(() => rm(directory, { recursive: true }));

  const { world, amphora, ask, vip } = usePluggedAmphora({
    members: 1,
    each: () => ({ programs: { ...PROGRAMS, agent } }),
  });
  const client = fixture(
    () => createPatientClient(world, amphora),
    () => Promise.resolve(),
  );

  const expectBounded = async (act: () => Promise<void>): Promise<void> => {
    const pid = amphora.agentPid();
    const peak = await peakDuring(amphora, act);
    console.log(`peak ${peak} MiB`);
    expect(peak).toBeLessThan(MOST_MIB);
    expect(amphora.agentPid()).toBe(pid);
  };
  const isAlive = async (): Promise<boolean> => (await ask('GET', '/1.0/info')).status === 200;

  it.each(CASES)(
    'when it is sent %s (%i)',
    { timeout: LIMIT_MS },
    async (_what, status, target, body, type) => {
      const request: LargeRequest = {
        target: target({ amphora: amphora.id, vip: vip() }),
        body: Buffer.from(body),
        ...(type === undefined ? {} : { contentType: type }),
      };
      await expectBounded(async () => expect(await client.put(request)).toBe(status));
    },
  );

  it('when keepalived prints much about eight configurations at once', { timeout: LIMIT_MS }, async () => {
    const targets = Array.from(
      { length: 8 },
      (_, n) => `/1.0/listeners/${amphora.id}/${id(10 + n)}/udp_listener`,
    );
    await expectBounded(async () => {
      const statuses = await Promise.all(
        targets.map((target) => client.put({ target, body: Buffer.from(NESTED) })),
      );
      // the check has a time limit, which a busy machine may reach
      expect(statuses.filter((status) => status !== 400 && status !== 500)).toEqual([]);
    });
  });

  it.each([
    [
      '20 clients ask for a large configuration and read nothing',
      20,
      `GET /1.0/listeners/${id(1)}/udp_listener HTTP/1.1\r\nHost: a\r\n\r\n`,
    ],
    [
      'a client asks 100 000 times before it reads an answer',
      1,
      'GET /1.0/details HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100_000),
    ],
  ])('when %s', { timeout: LIMIT_MS }, async (_what, clients, words) => {
    await expectBounded(async () => {
      const sockets = await Promise.all(Array.from({ length: clients }, () => client.deaf(words)));
      for (let count = 0; count < 20; count += 1) expect(await isAlive()).toBe(true);
      for (const socket of sockets) socket.destroy();
    });
  });
});
