import { type AgentClient, createAgentClient } from './agent-client.ts';
import { type CtlOutcome, EXIT, type ExitCode, failureOf } from './outcome.ts';
import { type TargetOptions, targetOf } from './target-options.ts';

/** Where a subcommand runs: its agent, and the ways to print and to end. */
export interface CtlRun {
  readonly options: TargetOptions;
  readonly configFile: string;
  readonly exit: (code: number) => void;
}

/** Runs a subcommand on its agent, prints its output, and ends the process with its exit code. */
export async function runOnAgent(
  { options, configFile, exit }: CtlRun,
  use: (client: AgentClient) => Promise<CtlOutcome>,
): Promise<void> {
  let client: AgentClient | undefined;
  try {
    client = createAgentClient(await targetOf(options, configFile));
    const { exitCode, output } = await use(client);
    await printed(process.stdout, output);
    end(exitCode);
  } catch (error) {
    const { exitCode, message } = failureOf(error);
    await printed(process.stderr, message);
    end(exitCode);
  }

  function end(code: ExitCode): void {
    client?.close();
    exit(code);
  }
}

const printed = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve());
  });

/** The outcome of a command that prints nothing. */
export const DONE: CtlOutcome = { exitCode: EXIT.ok, output: '' };
