import { randomUUID } from 'node:crypto';
import { Agent, get } from 'node:http';
import { text as read } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import type { ApiAnswer } from '../amphora/api.ts';
import { type UsedLab, usePluggedAmphora } from '../amphora/use-lab.ts';
import { type HeldMember, startHeldMember } from './held-member.ts';
import { STATES_COMMAND, serverStates } from './server-states.ts';

/** The agent looks at its drains once a second. */
export const PAST_NEXT_LOOK_MS = 2_000;

/** An answer through the VIP. */
export interface Got {
  readonly status: number;
  readonly body: string;
}

/** A load balancer with two members. The first one is also in a second pool, as the only member. */
export interface DrainScene extends UsedLab {
  /** ids of the members */
  readonly ONE: string;
  readonly TWO: string;
  /** key of the pool with both members: POOL:LISTENER */
  readonly pool: () => string;
  readonly otherPool: string;
  readonly one: () => HeldMember;
  readonly two: () => HeldMember;
  /** Returns the configuration that runs before each test. */
  readonly text: () => string;
  upload(text: string): Promise<ApiAnswer>;
  act(action: string): Promise<ApiAnswer>;
  /** Returns the path of a drain. */
  atDrain(member: string, query?: string): string;
  drain(member: string, query?: string): Promise<ApiAnswer>;
  /** Returns the answer to GET. @param member default: the first one */
  state(member?: string): Promise<{ readonly state: string }>;
  untilDrained(): Promise<void>;
  /** Sends commands to a socket of haproxy: `.sock` or `/master.sock`. */
  atSocket(socket: string, input: string): Promise<string>;
  workerPid(): Promise<string>;
  /** Returns srv_admin_state of the first member in both pools: 1 in maintenance, 8 drained. */
  adminStates(): Promise<(string | undefined)[]>;
  /** Returns the names of the files in the directory of the load balancer. */
  files(): Promise<string>;
  /** Sends one request through the VIP. @throws Error without a whole answer */
  request(target?: string, agent?: Agent | false): Promise<Got>;
  /** Returns the distinct answers to some requests, sorted: ids of members. */
  namesOf(requests: number): Promise<string[]>;
  /** Sends requests until each member holds one. `answers` resolves when all are answered. */
  holdEach(): Promise<{ readonly answers: Promise<Got[]> }>;
  /** Answers all requests that the members hold. */
  release(): void;
  /** Sends requests over kept connections until `end`, which returns the distinct statuses. */
  keepAsking(): { end(): Promise<number[]> };
}

/** Starts the load balancer before the tests of a file. Before each test, both members serve. */
export function useDrainScene(): DrainScene {
  const lab = usePluggedAmphora({ members: 0 });
  const { world, amphora, ask, must, balancer, vip } = lab;
  const [ONE, TWO] = [randomUUID(), randomUUID()];
  const otherPool = `${randomUUID()}:${randomUUID()}`;
  const members: HeldMember[] = [];
  const held = (): number => members.reduce((sum, member) => sum + member.held(), 0);
  let text = '';

  beforeAll(async () => {
    const { gateway } = world.lab.networks.member;
    for (const name of [ONE, TWO]) members.push(await startHeldMember(name, gateway));
    const configured = members.map(({ name, port }) => ({ id: name, address: gateway, port }));
    text = `${haproxyConfigText({ ...balancer, members: configured })}${otherPoolText(otherPool, vip(), {
      name: ONE,
      target: `${gateway}:${memberAt(members, 0).port}`,
    })}`;
  });
  afterAll(async () => {
    for (const member of members) await member.close();
  });
  const traffic = trafficThrough(vip);
  const release = (): void => {
    for (const member of members) member.release();
  };
  const scene: DrainScene = {
    ...{ ...lab, ...traffic, ONE, TWO, otherPool, release },
    pool: () => `${balancer.poolId}:${balancer.listenerId}`,
    one: () => memberAt(members, 0),
    two: () => memberAt(members, 1),
    text: () => text,
    upload: (sent) => must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text: sent }),
    act: (action) => must('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`),
    atDrain: (member, query = '') => `/loadbalancer/${balancer.id}/members/${member}/drain${query}`,
    drain: (member, query) => ask('POST', scene.atDrain(member, query)),
    state: async (member = ONE) => (await must('GET', scene.atDrain(member))).json as { state: string },
    untilDrained: () => expect.poll(() => scene.state()).toMatchObject({ state: 'drained' }),
    async atSocket(socket, input) {
      const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${balancer.id}${socket}`] as const;
      return (await amphora.exec(argv, { input: `${input}\n` })).stdout;
    },
    workerPid: async () => /^Pid: (\d+)$/m.exec(await scene.atSocket('.sock', 'show info'))?.[1] ?? '',
    async adminStates() {
      const { configured } = serverStates(await scene.atSocket('.sock', STATES_COMMAND));
      return Object.entries(configured)
        .filter(([name]) => name.endsWith(` ${ONE}`))
        .map(([, values]) => values['srv_admin_state']);
    },
    files: async () => (await amphora.exec(['ls', `/var/lib/octavia/${balancer.id}`])).stdout,
    async holdEach() {
      const got: Promise<Got>[] = [];
      while (members.some((member) => member.held() === 0)) {
        const before = held();
        got.push(traffic.request('/hold'));
        await expect.poll(held, { interval: 10 }).toBe(before + 1);
      }
      const answers = Promise.all(got);
      // a test may end before they do
      answers.catch(() => undefined);
      return { answers };
    },
  };
  beforeEach(async () => {
    release();
    await scene.upload(text);
    await scene.act('reload');
    await expect.poll(() => scene.namesOf(4)).toEqual([ONE, TWO].toSorted());
  });
  return scene;
}

function memberAt(members: readonly HeldMember[], index: number): HeldMember {
  const member = members[index];
  if (member === undefined) throw new Error('the members are not started yet');
  return member;
}

const otherPoolText = (
  pool: string,
  vip: string,
  { name, target }: { readonly name: string; readonly target: string },
): string => `
frontend ${pool.split(':')[1]}
    bind ${vip}:81
    mode http
    default_backend ${pool}
    timeout client 50000

backend ${pool}
    mode http
    timeout connect 5000
    timeout server 50000
    server ${name} ${target} weight 1
`;

function trafficThrough(vip: () => string): Pick<DrainScene, 'request' | 'namesOf' | 'keepAsking'> {
  const request: DrainScene['request'] = (path = '/', agent = false) =>
    new Promise((resolve, reject) => {
      get({ host: vip(), port: 80, path, agent }, (response) => {
        read(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      }).once('error', reject);
    });
  return {
    request,
    async namesOf(requests) {
      const names = new Set<string>();
      for (let count = 0; count < requests; count += 1) names.add((await request()).body);
      return [...names].toSorted();
    },
    keepAsking() {
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
    },
  };
}
