import type { CommandResult, RunOptions } from '../../src/host/command.ts';
import { AGENT_BASE_PATH } from './agent-config.ts';
import type { Amphora } from './amphora.ts';

const VRRP = `${AGENT_BASE_PATH}/vrrp`;
/** What the agent has keepalived run in order to know whether this amphora serves. */
export const CHECK_SCRIPT = `${VRRP}/check_script.sh`;
const PID_FILE = `${VRRP}/octavia-keepalived.pid`;

/**
 * Runs a check as the keepalived that runs in the amphora does: in its network namespace, with its environment and nothing
 * else. keepalived itself can't show it to an ordinary user: in a user namespace that denies setgroups(2) it runs no check,
 * and takes each for a success.
 * @param check the program and its arguments
 * @throws CommandFailed with what the check printed
 */
export async function runKeepalivedCheck(
  { exec, readText }: Pick<Amphora, 'exec' | 'readText'>,
  check: readonly string[],
  options: Pick<RunOptions, 'okCodes'> = {},
): Promise<CommandResult> {
  const pid = (await readText(PID_FILE)).trim();
  const { stdout } = await exec(['cat', `/proc/${pid}/environ`]);
  const environment = stdout.split('\0').filter((variable) => variable !== '');
  return exec(['env', '-i', ...environment, ...check], { ...options, inNamespace: true });
}
