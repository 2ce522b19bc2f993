import type { RunContext } from './run-context.ts';

const SYSTEMCTL_MS = 120_000;

/** Runs systemctl. @throws CommandFailed */
export async function systemctl(
  { host }: Pick<RunContext, 'host'>,
  ...args: readonly [string, ...string[]]
): Promise<void> {
  await host.commands.run(['systemctl', ...args], { timeoutMs: SYSTEMCTL_MS });
}

/** Restarts a service, and says so in the log. @throws CommandFailed */
export async function restartService(context: RunContext, service: string): Promise<void> {
  context.logger.info({ service }, 'service restarts with its new program');
  await systemctl(context, 'restart', `${service}.service`);
}
