import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Server } from 'node:net';
import { restartAgentOnChange } from './agent-restarts.ts';
import { type Amphora, createAmphora } from './amphora/amphora.ts';
import { curlLine } from './controller/controller.ts';
import { startHealthManager } from './controller/health-manager.ts';
import { createPki } from './controller/pki.ts';
import { failureReport } from './failure-report.ts';
import { keptText } from './kept.ts';
import { createLab } from './lab/lab.ts';
import { preparePrivateNamespaces } from './lab/private-namespaces.ts';
import { AMPHORA_ID, type Cast, play, sandboxLoadBalancer } from './play.ts';
import { forwardConnections } from './programs/listening.ts';
import { type Order, orders, type Report, type StartOrder } from './protocol.ts';
import { createStage } from './stage.ts';

/** The streams and the IPC channel of the process inside the private namespaces. */
export interface InsideIo {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The exit code of an interrupted play, the same as a shell's for SIGINT. */
const INTERRUPTED = 130;
const HEARTBEAT_SECONDS = 2;
const AMPHORA_HOST = 20;
const FIRST_MEMBER = 11;

/**
 * Runs the sandbox inside the private namespaces: waits for the start order, builds everything, plays, and returns the
 * exit code. The caller must exit then, because the processes that still run end only with their namespaces.
 */
export async function runInside(io: InsideIo): Promise<number> {
  const outside = listenToOutside(io);
  let played = false;
  const performed = perform(outside, io, () => {
    played = true;
  });
  const code = await Promise.race([outside.stopped.then(() => (played ? 0 : INTERRUPTED)), performed]);
  if (code === INTERRUPTED) io.stderr.write('\ninterrupted\n');
  await outside.removeDirectory();
  return code;
}

async function perform(outside: Outside, io: InsideIo, played: () => void): Promise<number> {
  const { order, server } = await outside.started;
  let amphora: Amphora | undefined;
  try {
    const cast = await gather(order, io, (booted) => {
      amphora = booted;
    });
    forwardConnections(server, { host: cast.amphora.address, port: cast.amphora.port });
    await play(cast);
    played();
    if (order.options.keep) await stay(cast, order, outside);
    return 0;
  } catch (error) {
    io.stderr.write(await failureReport(error, amphora));
    return 1;
  }
}

/** Builds the lab, the amphora, the members and the health manager. */
async function gather(order: StartOrder, io: InsideIo, booted: (amphora: Amphora) => void): Promise<Cast> {
  const { directory, programs, options } = order;
  const base = `https://127.0.0.1:${order.port}`;
  await preparePrivateNamespaces();
  const pki = await createPki(directory);
  const stage = createStage({
    stdout: io.stdout,
    animated: !options.verbose,
    curlLine: (request) => curlLine(request, base, pki),
  });
  stage.say(`throw-away certificates of controller and agent: ${directory}`);
  const { lab, members } = await stage.step('networks, a client and two members', async () => {
    const made = await createLab({ agentCommand: programs.agent });
    const members = ['member1', 'member2'].map((name, index) => made.startMember(name, FIRST_MEMBER + index));
    return { lab: made, members: await Promise.all(members) };
  });
  const heartbeatKey = randomBytes(16).toString('hex');
  const healthManager = await startHealthManager(lab.controller, heartbeatKey);
  const amphora = await createAmphora(lab, {
    id: AMPHORA_ID,
    topology: options.topology,
    pki,
    programs,
    heartbeatKey,
    heartbeatInterval: HEARTBEAT_SECONDS,
    managementHost: AMPHORA_HOST,
    healthManagerPort: healthManager.port,
    ...(options.verbose ? { onAgentOutput: (text: string) => void io.stderr.write(text) } : {}),
  });
  booted(amphora);
  await stage.step('the agent starts in its amphora', () => amphora.startAgent());
  return { stage, lab, amphora, members, healthManager, pki, topology: options.topology, directory };
}

/** Keeps everything running until the outer process sends the stop order. */
async function stay(cast: Cast, order: StartOrder, outside: Outside): Promise<void> {
  const [amphora, lab] = await Promise.all([
    outside.hostPid(cast.amphora.box.pid),
    outside.hostPid(process.pid),
  ]);
  const loadBalancer = sandboxLoadBalancer(cast.lab, cast.members);
  const amphoraPid = cast.amphora.box.pid;
  cast.stage.say(keptText({ order, pki: cast.pki, loadBalancer, hostPids: { amphora, lab }, amphoraPid }));
  const watch = order.options.watch
    ? await restartAgentOnChange({ amphora: cast.amphora, programs: order.programs, say: cast.stage.say })
    : undefined;
  await outside.stopped;
  watch?.close();
}

interface Outside {
  readonly started: Promise<{ readonly order: StartOrder; readonly server: Server }>;
  /** Resolves on the stop order, when the outer process has gone, or when nothing reads the output any more. */
  readonly stopped: Promise<void>;
  /** Removes the work directory, which also works if the outer process was killed. */
  removeDirectory(): Promise<void>;
  /** Returns the host's process id of a process of the lab; the lab's own id if the host can't find the process. */
  hostPid(pid: number): Promise<number>;
}

function listenToOutside(io: InsideIo): Outside {
  const stopped = Promise.withResolvers<void>();
  const started = Promise.withResolvers<{ order: StartOrder; server: Server }>();
  let directory: string | undefined;
  const questions = new Map<number, (hostPid: number) => void>();
  const take = (order: Order, handle: unknown): void => {
    if (order.kind === 'stop') stopped.resolve();
    else if (order.kind === 'host-pid') questions.get(order.pid)?.(order.hostPid ?? order.pid);
    else if (handle instanceof Server) {
      directory = order.directory;
      started.resolve({ order, server: handle });
    }
  };
  const report = (message: Report): void => void process.send?.(message);
  process.on('message', (message, handle) => take(orders.parse(message), handle));
  process.on('disconnect', () => stopped.resolve());
  // the reader has gone, as in `| head`
  io.stdout.on('error', () => stopped.resolve());
  report({ kind: 'ready' });
  return {
    started: started.promise,
    stopped: stopped.promise,
    async removeDirectory() {
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
    hostPid(pid) {
      const answer = new Promise<number>((resolve) => questions.set(pid, resolve));
      report({ kind: 'host-pid', pid });
      return answer;
    },
  };
}
