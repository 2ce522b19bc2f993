import path from 'node:path';
import { isHaproxyId } from '../../domain/ids.ts';
import { ENI_DIRECTORY, PLUGGED_INTERFACES, UNIT_DIRECTORY } from '../../domain/paths.ts';
import { TEMPORARY_PREFIX } from '../../host/files.ts';
import type { OperationContext } from '../context.ts';

type LeftoverContext = Pick<OperationContext, 'configFile' | 'config' | 'paths' | 'host' | 'logger'>;

/**
 * Removes what a killed agent left: temporary files, and configurations that were not checked yet. Must run before the
 * first request. Files that this process writes meanwhile stay.
 */
export async function removeLeftovers(context: LeftoverContext): Promise<void> {
  const { files } = context.host;
  for (const directory of await directoriesWrittenTo(context)) {
    for (const name of await files.list(directory)) {
      const file = path.join(directory, name);
      if (name.startsWith(TEMPORARY_PREFIX) && (await isOlderThanAgent(context, file)))
        await remove(context, file);
    }
  }
  for (const file of await unchecked(context)) if (await files.exists(file)) await remove(context, file);
}

async function remove({ host, logger }: LeftoverContext, file: string): Promise<void> {
  await host.files.remove(file);
  logger.info({ file }, 'removed a file that a killed agent left');
}

async function isOlderThanAgent({ host }: LeftoverContext, file: string): Promise<boolean> {
  const agentSeconds = performance.now() / 1000;
  return ((await host.files.ageSeconds(file)) ?? 0) > agentSeconds;
}

async function directoriesWrittenTo({
  configFile,
  config,
  paths,
  host,
}: LeftoverContext): Promise<Set<string>> {
  const { vrrp, lvsDirectory, udpCheck, dhcpDirectory, supervisorState, base, commands, certificates } =
    paths;
  const lvsMain = paths.lvsMainConfigs;
  const loadBalancers = (await host.files.list(base)).filter(isHaproxyId).map((id) => paths.loadBalancer(id));
  const withCertificates = (await host.files.list(certificates)).map((id) => path.join(certificates, id));
  return new Set([
    ...loadBalancers.flatMap(({ directory, history }) => [directory, history]),
    ...withCertificates,
    ...[base, commands, vrrp.directory, lvsDirectory, lvsMain, path.dirname(udpCheck)],
    ...[dhcpDirectory, supervisorState],
    ...[configFile, config().agentServerCert, PLUGGED_INTERFACES].map((file) => path.dirname(file)),
    ...[config().agentServerNetworkDir, UNIT_DIRECTORY, ENI_DIRECTORY, path.dirname(ENI_DIRECTORY)],
  ]);
}

async function unchecked({ paths, host }: LeftoverContext): Promise<string[]> {
  const loadBalancers = (await host.files.list(paths.base)).filter(isHaproxyId);
  return loadBalancers.map((id) => paths.loadBalancer(id).newConfig);
}
