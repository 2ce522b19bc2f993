import { randomUUID } from 'node:crypto';
import { Agent, get } from 'node:http';
import { text as read } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import type { ApiAnswer } from '../../support/amphora/api.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { type HeldMember, startHeldMember } from '../../support/haproxy/held-member.ts';
import { STATES_COMMAND, serverStates } from '../../support/haproxy/server-states.ts';

const { world, amphora, ask, must, balancer, vip } = usePluggedAmphora({ members: 0 });
const [ONE, TWO] = [randomUUID(), randomUUID()];
const OTHER_POOL = `${randomUUID()}:${randomUUID()}`;

let one: HeldMember;
let two: HeldMember;
/** The member `ONE` is also in a second pool, as the only one. */
let text: string;

beforeAll(async () => {
  const { gateway } = world.lab.networks.member;
  one = await startHeldMember(ONE, gateway);
  two = await startHeldMember(TWO, gateway);
  const members = [one, two].map(({ name, port }) => ({ id: name, address: gateway, port }));
  const port = 81;
  text = `${haproxyConfigText({ ...balancer, members })}
frontend ${OTHER_POOL.split(':')[1]}
    bind ${vip()}:${port}
    mode http
    default_backend ${OTHER_POOL}
    timeout client 50000

backend ${OTHER_POOL}
    mode http
    timeout connect 5000
    timeout server 50000
    server ${ONE} ${gateway}:${one.port} weight 1
`;
});
afterAll(async () => {
  await one.close();
  await two.close();
});

const upload = (sent: string) =>
  must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: sent });
const act = (action: string) => must('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`);
const atDrain = (member: string, query = ''): string =>
  `/loadbalancer/${balancer.id}/members/${member}/drain${query}`;
const drain = (member: string, query = ''): Promise<ApiAnswer> => ask('POST', atDrain(member, query));
const state = async (member = ONE) => (await must('GET', atDrain(member))).json as { state: string };
const untilDrained = () =>
  expect.poll(() => state(), { timeout: 20_000 }).toMatchObject({ state: 'drained' });

const atSocket = async (socket: string, input: string): Promise<string> => {
  const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${balancer.id}${socket}`] as const;
  return (await amphora.exec(argv, { input: `${input}\n` })).stdout;
};
const workerPid = async (): Promise<string> =>
  /^Pid: (\d+)$/m.exec(await atSocket('.sock', 'show info'))?.[1] ?? '';
/** Returns srv_admin_state of the member in both pools: 1 in maintenance, 8 drained. */
const adminStates = async (member = ONE): Promise<(string | undefined)[]> => {
  const { configured } = serverStates(await atSocket('.sock', STATES_COMMAND));
  return Object.entries(configured)
    .filter(([name]) => name.endsWith(` ${member}`))
    .map(([, values]) => values['srv_admin_state']);
};

interface Got {
  readonly status: number;
  readonly body: string;
}

/** Sends one request through the VIP. @throws Error without a whole answer */
const request = (target = '/', agent: Agent | false = false): Promise<Got> =>
  new Promise((resolve, reject) => {
    get({ host: vip(), port: 80, path: target, agent }, (response) => {
      read(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).once('error', reject);
  });
const namesOf = async (requests: number): Promise<string[]> => {
  const names = new Set<string>();
  for (let count = 0; count < requests; count += 1) names.add((await request()).body);
  return [...names].toSorted();
};
/** Sends requests until each member holds one. `answers` resolves when all are answered. */
const holdEach = async (): Promise<{ readonly answers: Promise<Got[]> }> => {
  const got: Promise<Got>[] = [];
  while (one.held() === 0 || two.held() === 0) {
    const before = one.held() + two.held();
    got.push(request('/hold'));
    await expect.poll(() => one.held() + two.held(), { timeout: 5_000, interval: 10 }).toBe(before + 1);
  }
  const answers = Promise.all(got);
  // a test may not get as far as to await them
  answers.catch(() => undefined);
  return { answers };
};
const release = (): void => {
  one.release();
  two.release();
};

beforeEach(async () => {
  release();
  await upload(text);
  await act('reload');
  await expect.poll(() => namesOf(4), { timeout: 10_000 }).toEqual([ONE, TWO].toSorted());
});

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
        details: `no other member of pool ${OTHER_POOL} serves: new connections fail until one does, or until DELETE brings this one back`,
      },
    ]);
    expect(await adminStates()).toEqual(['8', '8']);
    expect(await namesOf(10)).toEqual([TWO]);
    await delay(2_000);
    expect(await state()).toMatchObject({ state: 'draining', sessions: one.held() });
    release();
    expect(statusesOf(await answers)).toEqual([200]);
    await untilDrained();
    expect(await adminStates()).toEqual(['1', '1']);
    const back = await must('DELETE', atDrain(ONE));
    expect([back.status, back.json]).toEqual([
      200,
      { state: 'enabled', sessions: 0, oldest_seconds: null, deadline: null, cut: false },
    ]);
    expect(await namesOf(10)).toEqual([ONE, TWO].toSorted());
    expect(await traffic.end()).toEqual([200]);
    expect(await workerPid()).toBe(pid);
  });

  it('ends at its deadline, which a second request moves, and leaves the open sessions alone', async () => {
    const { answers } = await holdEach();
    await drain(ONE, '?timeout=300');
    const moved = await drain(ONE, '?timeout=1');
    expect(moved.json).toMatchObject({ state: 'draining', sessions: one.held() });
    await untilDrained();
    expect(await state()).toMatchObject({ sessions: one.held() });
    expect(one.held()).toBeGreaterThan(0);
    release();
    expect(statusesOf(await answers)).toEqual([200]);
  });
});

const statusesOf = (answers: readonly Got[]): number[] => [...new Set(answers.map(({ status }) => status))];

/** Sends requests over kept connections until the end. */
function keepAsking(): { end(): Promise<number[]> } {
  const agent = new Agent({ keepAlive: true });
  const statuses = new Set<number>();
  let isEnding = false;
  const running = [1, 2, 3].map(async () => {
    while (!isEnding) {
      statuses.add((await request('/', agent)).status);
      await delay(5);
    }
  });
  return {
    async end() {
      isEnding = true;
      await Promise.all(running);
      agent.destroy();
      return [...statuses];
    },
  };
}
