import { formerUserGroupText, groupText, namesUser } from '../../domain/haproxy/haproxy-user.ts';
import { HARD_STOP_CONFIG, USER_GROUP_CONFIG } from '../../domain/paths.ts';
import { hardStopText, KERNEL_STEPS } from '../../domain/service-definitions.ts';
import { CommandFailed, reasonOf } from '../../errors.ts';
import { removeStrayCertificates } from '../certificates/model-certificates.ts';
import { NETWORKS, type OperationContext } from '../context.ts';
import { writeCheckConfig } from '../haproxy/config-check.ts';
import { rollBackIfBroken } from '../haproxy/last-good.ts';
import { emptyServersState } from '../haproxy/servers-state-file.ts';
import { bringUp, keepAllAutomaticAddresses } from '../interfaces/bring-up.ts';
import { moveInPluggedInterfaces } from '../network/boot-namespace.ts';
import { layLoopback, plugLoopback } from '../network/plug-vip.ts';
import { loadBalancerIds } from '../stored-configs.ts';
import { placeCommands } from './data-plane-commands.ts';
import { removeLeftovers } from './leftovers.ts';
import { updateMetricsProxy } from './metrics-proxy.ts';

const CONFIG_MODE = 0o644;
const KERNEL_TIMEOUT_MS = 10_000;

/**
 * Brings an amphora to where the first request finds it ready: directories, haproxy's user and group, the namespace
 * with its loopback, services that ran before. A step that fails is logged and the agent starts all the same.
 * @param commands the folder `bin` of the agent's installation
 */
export async function prepareAmphora(context: OperationContext, commands: string): Promise<void> {
  const { paths, host, logger } = context;
  // under systemd amphora-netns.service brings the interfaces back at boot; without it, that is ours
  const bringsBack = host.services.kind !== 'systemd';
  const steps: [name: string, step: () => Promise<unknown>][] = [
    ['make the base directory', () => host.files.makeDirectory(paths.base)],
    ["make the certificates' directory", () => host.files.makeDirectory(paths.certificates)],
    ['place the commands of health checks', () => placeCommands(context, commands)],
    ['remove what a killed agent left', () => removeLeftovers(context)],
    ['remove keys of uploads that came half-way', () => removeStrayCertificates(context)],
    ["write haproxy's user and group", () => writeUserGroupConfig(context)],
    ["write the settings of haproxy's checks", () => writeCheckConfig(context)],
    ["write haproxy's hard-stop-after", () => writeHardStopConfig(context)],
    ["empty haproxy's state files", () => emptyServersStates(context)],
    ['plug the loopback interface', () => (bringsBack ? layLoopback(context) : plugLoopback(context))],
  ];
  if (bringsBack) {
    steps.push(
      ['prepare the kernel', () => prepareKernel(context)],
      ['move the plugged interfaces in', () => moveInPluggedInterfaces(context)],
      ['bring the interfaces up', () => bringUp(context, 'all')],
    );
  } else {
    steps.push(['keep the networks', async () => keepNetworksInBackground(context)]);
  }
  steps.push(
    ['take up running services', () => host.services.resume()],
    ['find out which configurations run', () => rollBackInBackground(context)],
    ['look after the metrics proxy', async () => void updateMetricsProxy(context)],
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
 * Images ship this file, and without it no configuration passes the check. One that somebody else wrote is never changed. What
 * an earlier version of the agent wrote has a user too, for which haproxy prints an alert at each start: that is replaced
 * once every stored configuration names its user.
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
    const config = await host.files.read(paths.loadBalancer(id).config);
    if (config !== undefined && !namesUser(config.toString('latin1'))) return false;
  }
  return true;
}

/** Also where the option was taken away: a haproxy that was defined before names the file, and would not start without it. */
async function writeHardStopConfig({ config, host }: OperationContext): Promise<void> {
  const { haproxyHardStopAfter } = config();
  if (haproxyHardStopAfter === 0 && !(await host.files.exists(HARD_STOP_CONFIG))) return;
  await host.files.write(HARD_STOP_CONFIG, hardStopText(haproxyHardStopAfter), {
    mode: CONFIG_MODE,
  });
}

/** To be done before any haproxy is started, which would take the states that another agent has left. */
async function emptyServersStates(context: OperationContext): Promise<void> {
  for (const id of await loadBalancerIds(context)) await emptyServersState(context, id);
}

/** Runs beside the API, because a haproxy may take seconds to start. */
async function rollBackInBackground(context: OperationContext): Promise<void> {
  for (const id of await loadBalancerIds(context))
    void context.queue.run(id, () => rollBackIfBroken(context, id));
}

/**
 * A DHCP server that doesn't answer must not hold up the API, nor what amphora-netns.service has done at boot already. Plugs
 * wait for both.
 */
function keepNetworksInBackground(context: OperationContext): void {
  const keep = async (): Promise<void> => {
    await prepareKernel(context);
    await keepAllAutomaticAddresses(context);
  };
  context.queue
    .run(NETWORKS, keep)
    .catch((error: unknown) => context.logger.error({ err: error }, "can't keep the networks"));
}

/**
 * Loads IPVS and connection tracking and sets forwarding and their sysctls (contract section 8), as amphora-netns.service
 * does at boot. What a container may not do, or has no program for, is logged and the rest is done.
 */
export async function prepareKernel({
  host,
  logger,
}: Pick<OperationContext, 'host' | 'logger'>): Promise<void> {
  for (const { reason, command } of KERNEL_STEPS) {
    try {
      // sysctl(8) ends with 1 for one that isn't the namespace's own
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
