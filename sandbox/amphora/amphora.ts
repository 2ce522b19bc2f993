import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AMPHORA_NAMESPACE } from '../../src/domain/paths.ts';
import type { Argv, CommandResult, RunOptions } from '../../src/host/command.ts';
import { type Box, type BoxProcess, startBox } from '../lab/box.ts';
import type { Lab } from '../lab/lab.ts';
import { type NetworkName, PREFIX_LENGTH } from '../lab/lab-network.ts';
import { answers } from '../programs/listening.ts';
import { until } from '../programs/long-running.ts';
import { SYSTEM_PATH } from '../programs/programs.ts';
import { AGENT_CONFIG_FILE } from './agent-config.ts';
import { type AmphoraOptions, PROGRAM_DIRECTORY, writeAgentFiles, writePrograms } from './amphora-files.ts';

/** An amphora in a box: the real agent with its real files, and interfaces like those that nova plugs. */
export interface Amphora {
  readonly id: string;
  /** management address of the agent */
  readonly address: string;
  readonly port: number;
  readonly box: Box;
  /** Starts the agent and waits until it answers on its port. @throws Error if it ends or doesn't answer */
  startAgent(): Promise<void>;
  /** Ends only the agent, not haproxy and keepalived. Resolves when the agent has ended. */
  stopAgent(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Returns the process id of the agent in the lab's pid namespace; undefined while it doesn't run. */
  agentPid(): number | undefined;
  /** Returns the output of the agent over all its starts (the last 512 KiB of each). */
  agentLog(): string;
  /** Adds an interface on a network, down and without an address. The agent finds it by its MAC address. */
  plugNic(network: NetworkName): Promise<{ readonly macAddress: string }>;
  /** Runs a program inside. `inNamespace`: in the network namespace amphora-haproxy. @throws CommandFailed */
  exec(
    argv: Argv,
    options?: Partial<RunOptions> & { readonly inNamespace?: boolean },
  ): Promise<CommandResult>;
  readText(file: string): Promise<string>;
  /** Kills everything in the amphora at once, like a power failure. */
  close(): Promise<void>;
}

const AGENT_PORT = 9443;
const AGENT_START_MS = 60_000;

/** Makes the box with its management interface and files. Doesn't start the agent. */
export async function createAmphora(lab: Lab, options: AmphoraOptions): Promise<Amphora> {
  const box = await startBox(`amphora-${options.id}`, `${PROGRAM_DIRECTORY}:${SYSTEM_PATH}`);
  try {
    const address = lab.networks.mgmt.host(options.managementHost);
    await connectManagement(lab, box, address);
    await writePrograms(box, options.programs);
    await writeAgentFiles(box, { ...options, lab, address, port: AGENT_PORT });
    return amphoraOf(lab, box, address, options);
  } catch (error) {
    await box.close();
    throw error;
  }
}

function amphoraOf(lab: Lab, box: Box, address: string, options: AmphoraOptions): Amphora {
  const starts: BoxProcess[] = [];
  const agent = (): BoxProcess | undefined => starts.findLast((process) => process.running());
  const log = (): string => starts.map((process) => process.output()).join('');
  let nics = 0;
  return {
    id: options.id,
    address,
    port: AGENT_PORT,
    box,
    agentLog: log,
    agentPid: () => agent()?.pid,
    async startAgent() {
      const command = [...options.programs.agent, '--config-file', AGENT_CONFIG_FILE] as const;
      const onOutput = options.onAgentOutput;
      const started = await box.start(command, onOutput === undefined ? {} : { onOutput });
      starts.push(started);
      await until(
        () => {
          if (!started.running()) throw new Error('the agent ended', { cause: started.output() });
          return answers(address, AGENT_PORT);
        },
        AGENT_START_MS,
        `the agent listening on ${address}:${AGENT_PORT}`,
      );
    },
    async stopAgent(signal = 'SIGTERM') {
      const running = agent();
      running?.signal(signal);
      await running?.ended();
    },
    async plugNic(network) {
      const macAddress = newMacAddress();
      await lab.connect(network, { far: `nic${++nics}`, pid: box.pid, mac: macAddress });
      return { macAddress };
    },
    exec(argv, { inNamespace = false, ...runOptions } = {}) {
      return box.run(inNamespace ? ['ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...argv] : argv, runOptions);
    },
    readText: (file) => readFile(box.file(file), 'utf8'),
    close: () => box.close(),
  };
}

/** Returns a random MAC address that begins with fa:16:3e, like those of neutron's ports. */
function newMacAddress(): string {
  const tail = randomBytes(3).toString('hex').match(/../g) ?? [];
  return ['fa', '16', '3e', ...tail].join(':');
}

async function connectManagement(lab: Lab, box: Box, address: string): Promise<void> {
  const network = lab.networks.mgmt;
  await lab.connect('mgmt', { far: 'mgmt0', pid: box.pid });
  const lines = [
    'link set mgmt0 up',
    `addr add ${address}/${PREFIX_LENGTH} dev mgmt0`,
    `route add default via ${network.gateway}`,
  ];
  await box.run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
