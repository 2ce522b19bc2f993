import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import { AgentError } from '../../errors.ts';
import type { InterfaceContext } from './interface-context.ts';

type AutomaticContext = Pick<InterfaceContext, 'host' | 'logger'>;

const DETECTION_MS = 10_000;
const COMMAND_TIMEOUT_MS = 10_000;
const MARK_MODE = 0o644;
/**
 * Returns the file that marks an interface with automatic addresses. A boot removes the file, as it removes the addresses.
 */
const markOf = (name: string): string => `/run/amphora-automatic-${name}`;
/** `accept_ra` 2 accepts advertisements also in a namespace that forwards, as amphorae do (Linux, networking/ip-sysctl). */
const ACCEPTING = { accept_ra: 2, autoconf: 1 };
const REFUSING = { accept_ra: 0, autoconf: 0 };

/**
 * Requests the addresses that the file leaves to DHCP and to router advertisements. The interface must be up. A failure is
 * logged: static addresses work without them.
 */
export async function keepAutomaticAddresses(context: AutomaticContext, file: InterfaceFile): Promise<void> {
  const automatic = file.addresses.filter((entry) => entry.kind === 'automatic');
  if (automatic.length === 0) return;
  const { files, dhcp } = context.host;
  await files.write(markOf(file.name), '', { mode: MARK_MODE });
  await attempt(context, file.name, async () => {
    if (automatic.some((entry) => entry.ipv6auto)) await solicitRouters(context, file.name);
  });
  await attempt(context, file.name, async () => {
    if (automatic.some((entry) => entry.dhcp)) await dhcp.start(file.name);
  });
}

export const hasAutomaticAddresses = (file: InterfaceFile): boolean =>
  file.addresses.some(({ kind }) => kind === 'automatic');

/** Ends the DHCP client and removes the addresses that came from DHCP and router advertisements. */
export async function endAutomaticAddresses(context: AutomaticContext, name: string): Promise<void> {
  const { files, dhcp, network } = context.host;
  if (!(await files.exists(markOf(name)))) return;
  await attempt(context, name, async () => {
    await dhcp.stop(name);
    await setRouterDiscovery(context, name, REFUSING);
    await network.flushAddresses(name, 'dynamic');
  });
  await files.remove(markOf(name));
}

async function solicitRouters(context: AutomaticContext, name: string): Promise<void> {
  const { network } = context.host;
  await setRouterDiscovery(context, name, ACCEPTING);
  await network.waitForAddresses(name, DETECTION_MS);
  await network.solicitRouters(name);
}

async function setRouterDiscovery(
  { host }: AutomaticContext,
  name: string,
  values: typeof ACCEPTING,
): Promise<void> {
  const settings = Object.entries(values).map(([key, value]) => `net.ipv6.conf.${name}.${key}=${value}`);
  await host.network.run(['sysctl', '-q', '-w', ...settings], COMMAND_TIMEOUT_MS);
}

async function attempt({ logger }: AutomaticContext, name: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    logger.error({ interface: name, err: error }, 'cannot set up or remove automatic addresses');
  }
}
