import type { CommandResult, RunOptions } from '../../src/host/command.ts';
import { AGENT_BASE_PATH } from './agent-config.ts';
import type { Amphora } from './amphora.ts';

const VRRP = `${AGENT_BASE_PATH}/vrrp`;
/** The script that keepalived runs to find out whether this amphora serves. The agent writes it. */
export const CHECK_SCRIPT = `${VRRP}/check_script.sh`;
const PID_FILE = `${VRRP}/octavia-keepalived.pid`;

/**
 * Runs a check as keepalived in the amphora does, in the same network namespace and with the same environment. For an
 * ordinary user, keepalived itself can't show that a check works: in a user namespace that denies setgroups(2), it runs no
 * check and treats each as a success.
 * @param check the program and its arguments
 * @throws CommandFailed with the output of the check
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
