import { AgentError, NotFound, PlugFailed } from '../errors.ts';
import { bringDown, bringUp } from '../operations/interfaces/bring-up.ts';
import type { InterfaceContext } from '../operations/interfaces/interface-context.ts';

const USAGE = 'usage: amphora-interface [--config-file FILE] up|down NAME|all\n';

/**
 * Runs the command amphora-interface (docs/contract.md, section 10).
 * @param args action and interface, without the options
 * @param createContext reads the configuration; called only if the arguments are valid
 * @returns exit code 0; 1 and the usage without arguments; 2 and one line `Error: …` for each failure
 */
export async function runInterfaceCommand(
  args: readonly string[],
  createContext: () => Promise<InterfaceContext>,
): Promise<{ exitCode: number; output: string }> {
  const [action, name, ...rest] = args;
  if (action === undefined) return { exitCode: 1, output: USAGE };
  if (action !== 'up' && action !== 'down') return failed(`Unknown action '${action}'`);
  if (name === undefined || rest.length > 0) return failed(`'${action}' takes one interface or 'all'`);
  try {
    await (action === 'up' ? bringUp : bringDown)(await createContext(), name);
    return { exitCode: 0, output: '' };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return failed(reasonOf(error, action, name));
  }
}

function reasonOf(error: AgentError, action: string, name: string): string {
  if (error instanceof NotFound) return `Could not find interface '${name}'.`;
  const reason = error instanceof PlugFailed ? error.output : error.message;
  return `Error on action '${action}' for interface ${name}: ${reason}`;
}

const failed = (reason: string): { exitCode: number; output: string } => ({
  exitCode: 2,
  output: `Error: Could not configure interface: ${reason.replaceAll(/\s*\n\s*/g, '; ')}\n`,
});
