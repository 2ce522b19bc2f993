import { UPGRADE_SERVICE } from '../../domain/paths.ts';
import type { Program } from '../../domain/program.ts';
import { CommandFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

type RunnerContext = Pick<OperationContext, 'configFile' | 'host'>;

/** The units of an upgrade: the one that the agent starts, and the one that goes on after a reboot. */
const UNIT = UPGRADE_SERVICE;
export const RECOVERY_UNIT = 'amphora-upgrade-recovery.service';
const UNITS = [`${UNIT}.service`, RECOVERY_UNIT] as const;
const START_MS = 30_000;

/**
 * Starts the program of an upgrade in a unit of its own, outside of the agent's sandbox and unit.
 * @param command `run`, or `recover` for an upgrade that was interrupted
 * @throws CommandFailed when it does not run
 */
export async function startRunner(
  context: RunnerContext,
  program: Program,
  command: 'run' | 'recover',
): Promise<void> {
  const { host, configFile } = context;
  const properties = [
    'Type=exec',
    'Restart=on-failure',
    'RestartSec=1s',
    'StartLimitIntervalSec=0',
    // systemd could not start it: its files are removed last, once the upgrade has ended (systemd.exec(5), EXIT_EXEC)
    'RestartPreventExitStatus=203',
  ];
  const argv = [
    ...(['systemd-run', `--unit=${UNIT}`, '--collect', '--quiet'] as const),
    ...properties.flatMap((property) => ['-p', property]),
    ...['--', ...program, 'upgrade', command, '--config-file', configFile],
  ] as const;
  try {
    await host.commands.run(argv, { timeoutMs: START_MS });
  } catch (error) {
    // systemd may have started it all the same, for example when its answer took too long
    if (!(error instanceof CommandFailed) || !(await runnerIsActive(context))) throw error;
  }
}

/** Returns whether the program of an upgrade runs, or waits for its next start. */
export async function runnerIsActive({ host }: Pick<RunnerContext, 'host'>): Promise<boolean> {
  const argv = ['systemctl', 'show', '--property=ActiveState', '--value', ...UNITS] as const;
  const { stdout } = await host.commands.run(argv, { timeoutMs: START_MS });
  return stdout
    .split('\n')
    .filter((state) => state !== '')
    .some((state) => state !== 'inactive' && state !== 'failed');
}
