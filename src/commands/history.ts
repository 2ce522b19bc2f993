import Table from 'cli-table3';
import { type LoadBalancerId, loadBalancerId } from '../domain/ids.ts';
import { AgentError, InvalidConfiguration, reasonOf } from '../errors.ts';
import type { OperationContext } from '../operations/context.ts';
import { configHistory, type HistoryLine } from '../operations/haproxy/rollback.ts';
import { UNUSABLE } from './exit-codes.ts';
import { rollBackThroughAgent, rollBackWithoutAgent } from './rollback.ts';

const FAILED = 1;

/** An argument is wrong. */
class WrongUsage extends AgentError {}

export type HistoryContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'logger' | 'queue'>;

/** The result of a command. The output goes to standard output, or to standard error if the exit code isn't 0. */
export interface CommandOutcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs the command `history`: lists the configurations of a load balancer that ran last. */
export function runHistory(
  id: string,
  { json }: { readonly json: boolean },
  createContext: () => Promise<HistoryContext>,
): Promise<CommandOutcome> {
  return outcomeOf(async () => {
    const lines = await configHistory(await createContext(), givenId(id));
    if (json) return `${JSON.stringify(lines, undefined, 2)}\n`;
    return lines.length === 0 ? 'no configuration of this load balancer has run yet\n' : `${table(lines)}\n`;
  });
}

/**
 * Runs the command `rollback`: through the agent, or without it if it is down. The audit log has both.
 * @param wanted number in the history, or md5
 */
export function runRollback(
  id: string,
  wanted: string | undefined,
  createContext: () => Promise<HistoryContext>,
): Promise<CommandOutcome> {
  return outcomeOf(async () => {
    const context = await createContext();
    const rollback = { id: givenId(id), wanted };
    const { md5, runs } =
      (await rollBackThroughAgent(context, rollback)) ?? (await rollBackWithoutAgent(context, rollback));
    return `rolled back to ${md5}${runs ? '' : '; haproxy does not run: its next start uses this configuration'}\n`;
  });
}

/** @throws WrongUsage */
function givenId(text: string): LoadBalancerId {
  try {
    return loadBalancerId(text);
  } catch (error) {
    throw new WrongUsage(reasonOf(error), { cause: error });
  }
}

async function outcomeOf(run: () => Promise<string>): Promise<CommandOutcome> {
  try {
    return { exitCode: 0, output: await run() };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    // the command line ends with the line of an unusable configuration
    if (error instanceof InvalidConfiguration) throw error;
    const exitCode = error instanceof WrongUsage ? UNUSABLE : FAILED;
    return { exitCode, output: `Error: ${reasonOf(error)}\n` };
  }
}

function table(lines: readonly HistoryLine[]): string {
  const drawn = new Table({ head: ['#', 'since', 'md5', 'listeners', ''], style: { head: [], border: [] } });
  for (const { number, since, md5, listeners, state, withoutReload, missing } of lines) {
    const marks = [state, withoutReload ? 'without reload' : ''];
    const notes = [...marks, ...missing.map((file) => `gone: ${file}`)].filter((note) => note !== '');
    drawn.push([number, since.toISOString(), md5, listeners.join('\n'), notes.join('\n')]);
  }
  return drawn.toString();
}
