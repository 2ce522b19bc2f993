import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment, Installation, Surroundings } from '../../src/commands/installation.ts';
import type { AgentPrograms } from '../amphora/amphora-files.ts';
import { privateNamespacesCommand } from '../lab/private-namespaces.ts';
import { hostPidOf } from '../programs/descendants.ts';
import { SYSTEM_PATH } from '../programs/programs.ts';
import { examineMachine, type MachineFacts, whyNoSandbox } from '../programs/requirements.ts';
import { type Order, type Report, reports, type SandboxOptions } from '../protocol.ts';

const WISHED_PORT = 9443;
const STOP_MS = 10_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs the command `sandbox`: an amphora, its controller, members and a client in private namespaces. Nothing of them
 * remains when the promise resolves.
 * @param options `port` undefined: 9443, or any free port if that is taken
 * @returns exit code: 0; 1 if it can't run or a step failed; 130 if it was interrupted
 */
export async function runSandbox(
  options: SandboxOptions & { readonly port?: number | undefined },
  { environment, installation }: Pick<Surroundings, 'environment' | 'installation'>,
): Promise<number> {
  const facts = await examineMachine(process.getuid?.() === 0);
  const reasons = whyNoSandbox(facts);
  if (reasons.length > 0) {
    process.stderr.write(`No sandbox can run here:\n${reasons.map((reason) => `  ${reason}\n`).join('')}`);
    return 1;
  }
  const server = createServer();
  const port = await listen(server, options.port);
  if (port === undefined) {
    process.stderr.write(`port ${options.port} of 127.0.0.1 is taken; choose another with --port\n`);
    return 1;
  }
  const directory = await mkdtemp(path.join(tmpdir(), 'amphora-sandbox-'));
  try {
    const { keep, topology, verbose, watch } = options;
    const programs = agentPrograms(installation);
    const start: Order = {
      kind: 'start',
      options: { keep, topology, verbose, watch },
      programs,
      directory,
      port,
      enter: enterCommand(facts.root),
    };
    return await superviseInside(startInside(facts, programs, environment), start, server);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const agentPrograms = ({ entry, commands }: Installation): AgentPrograms => ({
  agent: [process.execPath, fileURLToPath(entry)],
  commands,
});

const enterCommand = (root: boolean): string =>
  `nsenter ${root ? '' : '--user --preserve-credentials '}--mount --net --uts --pid --target`;

/** Listens on the port, or on any free one. Resolves with the port; undefined if the requested port is taken. */
async function listen(server: Server, port: number | undefined): Promise<number | undefined> {
  const attempt = (wanted: number): Promise<number | undefined> =>
    new Promise((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(wanted, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  return port === undefined ? ((await attempt(WISHED_PORT)) ?? attempt(0)) : attempt(port);
}

/** Starts the inner process in its own session, so that Ctrl-C reaches only this process, which then stops the inner one. */
function startInside(facts: MachineFacts, programs: AgentPrograms, environment: Environment): ChildProcess {
  const command = privateNamespacesCommand([...programs.agent, 'sandbox-inside'], facts);
  const [program, ...args] = command;
  return spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...environment, PATH: SYSTEM_PATH },
  });
}

/** Answers the reports of the inner process, sends signals to it as orders, and waits for its end. */
async function superviseInside(inside: ChildProcess, start: Order, server: Server): Promise<number> {
  const send = (order: Order, handle?: Server): void =>
    void inside.send(order, handle, () => {
      if (handle !== undefined) handle.close();
    });
  inside.on('message', (message) => void answer(reports.parse(message)));
  const answer = async (report: Report): Promise<void> => {
    if (report.kind === 'ready') send(start, server);
    else send({ ...report, hostPid: await hostPidOf(inside.pid, report.pid) });
  };
  let force: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (inside.connected) send({ kind: 'stop' });
    force ??= setTimeout(() => inside.kill('SIGKILL'), STOP_MS);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await ended(inside);
  } finally {
    clearTimeout(force);
    server.close();
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
