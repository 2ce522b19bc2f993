import {
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  lvsListenersAmong,
  METRICS_PROXY_SERVICE,
} from '../../../domain/paths.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import { RECOVERY_UNIT } from '../runner.ts';
import { AGENT_SERVICE, type RunContext } from './run-context.ts';

const DIRECTORY = '/etc/systemd/system';
const UNIT = `${DIRECTORY}/${RECOVERY_UNIT}`;
const WANTS = `${DIRECTORY}/multi-user.target.wants`;
const WANTED = `${WANTS}/${RECOVERY_UNIT}`;
const UNIT_MODE = 0o644;

/**
 * Writes the unit that ends an interrupted upgrade at a boot, before haproxy, keepalived and the agent start. It needs no file
 * of an installed package. A running systemd does not read it. @throws WriteFailed
 */
export async function writeRecoveryUnit(context: RunContext): Promise<void> {
  const { files } = context.host;
  const before = (await servicesOfPackages(context)).map((name) => `${name}.service`);
  await files.write(UNIT, unitText(context, before), { mode: UNIT_MODE });
  await files.makeDirectory(WANTS);
  await files.link(UNIT, WANTED);
}

/** Returns the services that run programs of the packages. */
async function servicesOfPackages(context: RunContext): Promise<string[]> {
  const ids = await loadBalancerIds(context);
  const listeners = lvsListenersAmong(await context.host.files.list(context.paths.lvsDirectory));
  return [
    ...ids.map(haproxyService),
    ...listeners.map(keepalivedLvsService),
    ...[KEEPALIVED_SERVICE, METRICS_PROXY_SERVICE, AGENT_SERVICE],
  ];
}

/** Removes the unit. The next boot does not know it. */
export async function removeRecoveryUnit({ host }: Pick<RunContext, 'host'>): Promise<void> {
  await host.files.remove(WANTED);
  await host.files.remove(UNIT);
}

const unitText = ({ paths, program, configFile }: RunContext, before: readonly string[]): string => `[Unit]
Description=End of an interrupted upgrade of the amphora
ConditionPathExists=${paths.upgrade.record}
ConditionPathExists=${program[0]}
RequiresMountsFor=${paths.upgrade.directory}
Before=${before.join(' ')}

[Service]
Type=oneshot
TimeoutStartSec=900s
ExecStart=${[...program, 'upgrade', 'boot', '--config-file', configFile].join(' ')}

[Install]
WantedBy=multi-user.target
`;
