import { formerUserGroupText, groupText, namesUser } from '../../domain/haproxy/haproxy-user.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { NAMESPACE_SERVICE, USER_GROUP_CONFIG } from '../../domain/paths.ts';
import { KERNEL_STEPS } from '../../domain/service-definitions.ts';
import { CommandFailed, reasonOf } from '../../errors.ts';
import { removeStrayCertificates } from '../certificates/model-certificates.ts';
import { NETWORKS, type OperationContext } from '../context.ts';
import { writeCheckConfig } from '../haproxy/config-check.ts';
import { writeHardStopConfig } from '../haproxy/hard-stop-file.ts';
import { keptConfigs, readKeptConfig } from '../haproxy/history.ts';
import { rollBackIfBroken } from '../haproxy/last-good.ts';
import { emptyServersState } from '../haproxy/servers-state-file.ts';
import { bringUp, keepAllAutomaticAddresses } from '../interfaces/bring-up.ts';
import { moveInPluggedInterfaces } from '../network/boot-namespace.ts';
import { layLoopback, plugLoopback } from '../network/plug-vip.ts';
import { finishInterruptedChange } from '../run-time/apply-stored.ts';
import { watchDrains } from '../run-time/drain-watch.ts';
import { loadBalancerIds } from '../stored-configs.ts';
import { placeCommands } from './data-plane-commands.ts';
import { removeLeftovers } from './leftovers.ts';
import { updateMetricsProxy } from './metrics-proxy.ts';

const CONFIG_MODE = 0o644;
const KERNEL_TIMEOUT_MS = 10_000;

/**
 * Prepares the amphora for the first request: directories, haproxy's user and group, the namespace with its loopback, the
 * services that already run. A step that fails is logged, and the agent starts all the same.
 */
export async function prepareAmphora(context: OperationContext): Promise<void> {
  const { paths, host, logger } = context;
  // under systemd, amphora-netns.service restores the interfaces at boot; under the supervisor, the agent does
  const bringsBack = host.services.kind !== 'systemd';
  const steps: [name: string, step: () => Promise<unknown>][] = [
    // at boot both start at the same time, so that heartbeats need not wait for the interfaces of load balancers
    ["wait for the namespace's unit", () => host.services.settled(NAMESPACE_SERVICE)],
    ['create the base directory', () => host.files.makeDirectory(paths.base)],
    ["create the certificates' directory", () => host.files.makeDirectory(paths.certificates)],
    ['copy the commands of health checks', () => placeCommands(context, context.installedCommands)],
    ['remove what a killed agent left', () => removeLeftovers(context)],
    ['remove an unfinished bundle', () => host.files.remove(paths.upgrade.staging)],
    ['remove the keys of interrupted uploads', () => removeStrayCertificates(context)],
    ["write haproxy's user and group", () => writeUserGroupConfig(context)],
    ["write the settings of haproxy's checks", () => writeCheckConfig(context)],
    ['write the limits of replaced haproxy workers', () => writeHardStopConfig(context)],
    ["empty haproxy's state files", () => emptyServersStates(context)],
    ['plug the loopback interface', () => (bringsBack ? layLoopback(context) : plugLoopback(context))],
  ];
  if (bringsBack) {
    steps.push(
      ['prepare the kernel', () => prepareKernel(context)],
      ['move the plugged interfaces into the namespace', () => moveInPluggedInterfaces(context)],
      ['bring the interfaces up', () => bringUp(context, 'all')],
    );
  } else {
    steps.push(['prepare the kernel and the DHCP clients', async () => keepNetworksInBackground(context)]);
  }
  steps.push(
    ['resume the services', () => host.services.resume()],
    ['find out which configurations run', () => rollBackInBackground(context)],
    ['update the metrics proxy', async () => void updateMetricsProxy(context)],
  );
  for (const [name, step] of steps) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error }, `can't ${name}`);
    }
  }
}

/**
 * Writes the file if the image lacks it: without the file no configuration passes the check. Never changes a file of another
 * author. The file of an earlier version of the agent names a user too, and haproxy prints an alert about that at each start:
 * the agent replaces it when every stored configuration, and every one to which a rollback may return, names its user.
 */
async function writeUserGroupConfig(context: OperationContext): Promise<void> {
  const { files } = context.host;
  const groups = (await files.readText('/etc/group')) ?? '';
  const present = await files.readText(USER_GROUP_CONFIG);
  if (present !== undefined && present !== formerUserGroupText(groups)) return;
  if (present !== undefined && !(await everyConfigNamesUser(context))) return;
  await files.write(USER_GROUP_CONFIG, groupText(groups), { mode: CONFIG_MODE });
}

async function everyConfigNamesUser(context: OperationContext): Promise<boolean> {
  const { paths, host } = context;
  for (const id of await loadBalancerIds(context)) {
    const kept = (await keptConfigs(context, id)).map((one) => readKeptConfig(context, id, one));
    const texts = await Promise.all([host.files.read(paths.loadBalancer(id).config), ...kept]);
    if (texts.some((text) => text !== undefined && !namesUser(text.toString('latin1')))) return false;
  }
  return true;
}

/** Must run before any start of haproxy, which would read the states that another agent left. */
async function emptyServersStates(context: OperationContext): Promise<void> {
  for (const id of await loadBalancerIds(context)) await emptyServersState(context, id);
}

/** Starts the rollbacks in the background, because haproxy may take seconds to start. */
async function rollBackInBackground(context: OperationContext): Promise<void> {
  for (const id of await loadBalancerIds(context))
    void context.queue.run(id, async () => {
      await rollBackIfBroken(context, id);
      await finishInterrupted(context, id);
      void watchDrains(context, id);
    });
}

async function finishInterrupted(context: OperationContext, id: HaproxyId): Promise<void> {
  try {
    await finishInterruptedChange(context, id);
  } catch (error) {
    context.logger.error(
      { loadBalancer: id, reason: reasonOf(error) },
      'unfinished change of haproxy: reload failed',
    );
  }
}

/**
 * Prepares the kernel and the DHCP clients in the background. A DHCP server that doesn't answer must not delay the API, and
 * amphora-netns.service has done the same at boot. Plugs wait for it.
 */
function keepNetworksInBackground(context: OperationContext): void {
  const keep = async (): Promise<void> => {
    await prepareKernel(context);
    await keepAllAutomaticAddresses(context);
  };
  context.queue
    .run(NETWORKS, keep)
    .catch((error: unknown) =>
      context.logger.error({ err: error }, "can't prepare the kernel and the DHCP clients"),
    );
}

/**
 * Loads IPVS and connection tracking, and sets forwarding and their sysctls (docs/contract.md, section 8), as
 * amphora-netns.service does at boot. A step that fails, for example in a container, is logged, and the other steps run.
 */
export async function prepareKernel({
  host,
  logger,
}: Pick<OperationContext, 'host' | 'logger'>): Promise<void> {
  for (const { reason, command } of KERNEL_STEPS) {
    try {
      // sysctl(8) ends with 1 for a setting that the namespace doesn't have
      const { exitCode, output } = await host.commands.run(command, {
        timeoutMs: KERNEL_TIMEOUT_MS,
        okCodes: [0, 1],
      });
      if (exitCode !== 0) logger.debug({ step: reason, output }, 'not every kernel setting was made');
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      logger.info({ step: reason, reason: reasonOf(error) }, 'kernel settings left out');
    }
  }
}
