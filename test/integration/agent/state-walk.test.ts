import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { BoxProcess } from '../../../sandbox/lab/box.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import {
  type Choices,
  changedWalk,
  choices,
  keepsHealth,
  newWalk,
  randomCommand,
  WALK_PORTS,
  type Walk,
  walkText,
} from '../../support/amphora/state-walk.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { alwaysReload } from '../../support/haproxy/always-reload.ts';
import {
  isUntouched,
  type ServerStates,
  STATES_COMMAND,
  serverStates,
} from '../../support/haproxy/server-states.ts';
import { seededRandom } from '../../support/random.ts';

/** The number of steps. Set it higher for a longer walk. */
const STEPS = Number(process.env['STATE_WALK_STEPS'] ?? 20);
/** The seed of the walk, which a failure names. */
const SEED = Number(process.env['STATE_WALK_SEED'] ?? Date.now() % 2 ** 31);
/** milliseconds that a step may take on a busy machine */
const STEP_MS = 30_000;

/** Members that accept connections and never answer: a check of any kind goes on until its time limit of an hour. */
const SILENT_MEMBERS = `
  for (const port of [${WALK_PORTS}]) require('node:net').createServer().listen(port, '::');
`;

/** Starts a haproxy without a state of servers, in a network of its own. */
const FRESH = `haproxy -D -f "$1/fresh.cfg" -p "$1/fresh.pid"
printf '%s\\n' "$2" | socat -t5 - "UNIX-CONNECT:$1/fresh.sock"
kill -KILL "$(cat "$1/fresh.pid")"`;

// each reload starts a worker: the walk is about the states that a worker takes from the one before it
const plugged = usePluggedAmphora({ prepare: alwaysReload });
let members: BoxProcess;
beforeAll(async () => {
  const program = [process.execPath, '-e', SILENT_MEMBERS] as const;
  members = await plugged.amphora.box.start(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...program]);
});
afterAll(() => members?.stop());

/** Sends a command. A haproxy that has just been started may not listen at its sockets yet. */
const atSocket = async (socket: string, input: string): Promise<string> => {
  const argv = ['socat', '-t5', '-', `UNIX-CONNECT:/var/lib/octavia/${socket}`] as const;
  const asked = () => plugged.amphora.exec(argv, { input: `${input}\n` });
  return (await vi.waitFor(asked, { timeout: STEP_MS, interval: 20 })).stdout;
};
const running = async (): Promise<ServerStates> =>
  serverStates(await atSocket(`${plugged.balancer.id}.sock`, STATES_COMMAND));
const workerPid = async (): Promise<string> =>
  /^Pid: (\d+)$/m.exec(await atSocket(`${plugged.balancer.id}.sock`, 'show info'))?.[1] ?? '';

async function fresh(text: string): Promise<ServerStates> {
  const { directory } = plugged.world;
  const own = text
    .replace(/stats socket \S+/, `stats socket ${directory}/fresh.sock`)
    .replace(/ {4}server-state-file .*\n/, '')
    .replace(/bind \S+/, `bind unix@${directory}/fresh-frontend.sock`);
  await writeFile(`${directory}/fresh.cfg`, own);
  const script = ['sh', '-ec', FRESH, 'sh', directory, STATES_COMMAND] as const;
  return serverStates((await plugged.amphora.exec(['unshare', '--net', '--', ...script])).stdout);
}

const upload = (text: string) =>
  plugged.must('PUT', `/1.0/loadbalancer/${plugged.amphora.id}/${plugged.balancer.id}/haproxy`, { text });
const act = (action: string) => plugged.must('PUT', `/1.0/loadbalancer/${plugged.balancer.id}/${action}`);

/** Kills haproxy, which its manager starts again. */
async function crash(): Promise<void> {
  const { amphora, balancer } = plugged;
  const before = await workerPid();
  const pid = await amphora.readText(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`);
  await amphora.exec(['kill', '-KILL', pid.trim()]);
  await expect.poll(workerPid, { timeout: 2 * STEP_MS }).not.toBe(before);
}

/** Sends up to three commands to the master's socket. */
async function meddle(walk: Walk, choose: Choices): Promise<void> {
  const commands = Array.from({ length: choose.below(4) }, () => `@1 ${randomCommand(walk, choose)}`);
  if (commands.length > 0) await atSocket(`${plugged.balancer.id}/master.sock`, commands.join(';'));
}

/** The kinds of steps. Stops are frequent, since a haproxy that crashes is restarted later each time until it is stopped. */
const WAYS = [
  ...Array.from({ length: 15 }, () => 'reload' as const),
  ...(['stop and start', 'stop and start', 'stop and start', 'stop and start', 'crash'] as const),
];
type Way = 'reload' | 'stop and start' | 'crash';

async function bringIn(way: Way): Promise<void> {
  if (way === 'crash') return crash();
  for (const action of way.split(' and ')) await act(action);
}

/** Returns the expected health of a server: the previous one, or that of a server that has just been started. */
function requiredHealth(
  key: string,
  { before, configured, kept }: { before: ServerStates; configured: ServerStates; kept: ReadonlySet<string> },
): string | undefined {
  const isKept = kept.has(key) && isUntouched(before.configured[key], configured.configured[key]);
  return isKept ? before.health[key] : '2';
}

async function walkOn(steps: number): Promise<void> {
  const choose = choices(seededRandom(SEED));
  let walk = newWalk(choose);
  let hasCrashed = false;
  let configured = await fresh(walkText(walk, plugged.balancer));
  await upload(walkText(walk, plugged.balancer));
  await act('start');
  for (let step = 1; step <= steps; step += 1) {
    await meddle(walk, choose);
    const next = changedWalk(walk, choose);
    const text = walkText(next, plugged.balancer);
    const before = await running();
    const way = WAYS[choose.below(WAYS.length)] ?? 'reload';
    // after a crash, the upload decides which configuration has been running since
    if (next !== walk || hasCrashed) await upload(text);
    hasCrashed = way === 'crash';
    await bringIn(way);
    const now = await running();
    const again = `step ${step}, ${way}; again with STATE_WALK_SEED=${SEED} STATE_WALK_STEPS=${step}\n${text}`;
    const kept = way === 'reload' ? keepsHealth(walk, next) : new Set<string>();
    const required = Object.entries(now.health).map(([key, health]) => {
      const isOut = now.configured[key]?.['kind'] === 'MAINT';
      return [key, isOut ? health : requiredHealth(key, { before, configured, kept })];
    });
    expect(now.health, again).toEqual(Object.fromEntries(required));
    configured = await fresh(text);
    expect(now.configured, again).toEqual(configured.configured);
    walk = next;
  }
}

it('haproxy runs the uploaded configuration after each step of a random walk', {
  timeout: (STEPS + 2) * STEP_MS,
}, async () => {
  await walkOn(STEPS);
  expect(plugged.amphora.agentLog()).not.toContain('states of members');
});
