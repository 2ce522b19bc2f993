import { AMPHORA_NAMESPACE, USER_GROUP_CONFIG } from '../domain/paths.ts';
import { NAMESPACE_SYSCTLS } from '../domain/service-definitions.ts';
import { moveInPluggedInterfaces } from './boot-namespace.ts';
import { NETWORKS, type OperationContext } from './context.ts';
import { bringUp, keepAllAutomaticAddresses } from './interfaces.ts';
import { removeStrayCertificates } from './model-certificates.ts';
import { plugLoopback } from './networks.ts';

const CONFIG_MODE = 0o644;
const SYSCTL_TIMEOUT_MS = 10_000;

/**
 * Brings an amphora to where the first request finds it ready: directories, haproxy's user and group, the namespace
 * with its loopback, services that ran before. A step that fails is logged and the agent starts all the same.
 */
export async function prepareAmphora(context: OperationContext): Promise<void> {
  const { paths, host, logger } = context;
  const steps: [name: string, step: () => Promise<unknown>][] = [
    ['make the base directory', () => host.files.makeDirectory(paths.base)],
    ["make the certificates' directory", () => host.files.makeDirectory(paths.certificates)],
    ['remove keys of uploads that came half-way', () => removeStrayCertificates(context)],
    ["write haproxy's user and group", () => writeUserGroupConfig(context)],
    ['plug the loopback interface', () => plugLoopback(context)],
    ["load the system's sysctls in the namespace", () => loadSysctls(context)],
    ['bring back the plugged interfaces', () => bringBackInterfaces(context)],
    ['take up running services', () => host.services.resume()],
  ];
  for (const [name, step] of steps) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error }, `can't ${name}`);
    }
  }
}

/** The image ships this file; without it no configuration would pass the check. An existing one is never changed. */
async function writeUserGroupConfig({ host }: OperationContext): Promise<void> {
  if (await host.files.exists(USER_GROUP_CONFIG)) return;
  const groups = (await host.files.readText('/etc/group')) ?? '';
  const group = /^nogroup:/m.test(groups) ? 'nogroup' : 'nobody';
  await host.files.write(USER_GROUP_CONFIG, `global\n    user nobody\n    group ${group}\n`, {
    mode: CONFIG_MODE,
  });
}

/** Under systemd amphora-netns.service does this at boot; without it, it is ours. What is there already stays untouched. */
async function bringBackInterfaces(context: OperationContext): Promise<void> {
  if (context.host.services.kind === 'systemd') {
    keepAddressesInBackground(context);
    return;
  }
  await moveInPluggedInterfaces(context);
  await bringUp(context, 'all');
}

/** A DHCP server that doesn't answer must not hold up the API. */
function keepAddressesInBackground(context: OperationContext): void {
  context.queue
    .run(NETWORKS, () => keepAllAutomaticAddresses(context))
    .catch((error: unknown) => context.logger.error({ err: error }, "can't keep automatic addresses"));
}

/** Those that aren't the namespace's own can't be set in it, for which sysctl(8) ends with 1. */
async function loadSysctls({ host }: OperationContext): Promise<void> {
  const inside = ['netns', 'exec', AMPHORA_NAMESPACE, 'sysctl', '--quiet'];
  for (const args of [['--system'], ['-e', '-w', ...NAMESPACE_SYSCTLS]]) {
    await host.commands.run(['ip', ...inside, ...args], { timeoutMs: SYSCTL_TIMEOUT_MS, okCodes: [0, 1] });
  }
}
