import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type IpVersion, ipVersion } from '../../domain/network/addresses.ts';
import type { InterfaceState } from '../../domain/network/interface-state.ts';
import {
  holdersOf,
  type Link,
  type LinkTraffic,
  parseHolders,
  parseInterfaceState,
  parseLinks,
  parseTraffic,
  stateQuestions,
} from '../../domain/network/ip-json.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { parseNetDev } from '../../domain/proc-files.ts';
import { CommandFailed } from '../../errors.ts';
import type { Argv, CommandResult, CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import { sharedAnswers } from '../shared-answers.ts';

/** The network namespace amphora-haproxy, and the move of interfaces into it. */
export interface NamespaceNetwork {
  /** Creates the namespace if it doesn't exist, and sets its lo up. */
  ensure(): Promise<void>;
  /** Returns the interfaces inside the namespace. Returns an empty list when the namespace doesn't exist. */
  links(): Promise<Link[]>;
  /** Returns the interfaces outside the namespace, where the agent runs. */
  outerLinks(): Promise<Link[]>;
  /** Moves an outer interface into the namespace, renames it and sets it up. */
  moveIn(outerName: string, name: string): Promise<void>;
  /** Scans the PCI bus for interfaces that the kernel missed. A failure is logged, never thrown. */
  rescan(): Promise<void>;
  /** Returns the addresses, routes (all tables) and rules of the namespace that concern the interface. */
  state(name: string): Promise<InterfaceState>;
  /** Returns the name of the interface that holds the address. Accepts any spelling of an IPv6 address. */
  interfaceOf(address: string): Promise<string | undefined>;
  /** Returns the interfaces of those addresses that the namespace has, with one program for all of them. */
  interfacesOf(addresses: readonly string[]): Promise<Map<string, string>>;
  /** @param inhabitant the pid of a process in the namespace; with it no program has to be started */
  traffic(inhabitant: number | undefined): Promise<LinkTraffic[]>;
  /**
   * Runs lines of one IP version with `ip -batch`. Continues after a line that fails.
   * Returns the error messages, or an empty text when every line succeeded.
   */
  applyBatch(lines: readonly string[], version: IpVersion): Promise<string>;
  /**
   * Waits until duplicate address detection has ended for every address of the interface, with success or failure.
   * Resolves false after the deadline (ms).
   */
  waitForAddresses(name: string, deadlineMs: number): Promise<boolean>;
  /** Removes the addresses of the interface: all, or only those from DHCP and router advertisements. @throws CommandFailed */
  flushAddresses(name: string, which: 'all' | 'dynamic'): Promise<void>;
  /** Solicits a router advertisement: the next regular one may be ten minutes away. @throws CommandFailed */
  solicitRouters(name: string): Promise<void>;
  /** Sends one gratuitous ARP (IPv4) or unsolicited neighbour advertisement (IPv6). A failure is logged, never thrown. */
  advertise(name: string, address: string): Promise<void>;
  /** Runs a program inside the namespace. */
  run(argv: Argv, timeoutMs: number): Promise<CommandResult>;
}

const NAMESPACE_FILE = `/run/netns/${AMPHORA_NAMESPACE}`;
const PCI_RESCAN = '/sys/bus/pci/rescan';
const IP_TIMEOUT_MS = 10_000;
const UNIT_TIMEOUT_MS = 30_000;
const RESCAN_TIMEOUT_MS = 30_000;
const ADVERTISE_TIMEOUT_MS = 5_000;
/** Time until arping has sent its packet. After that it waits a whole second for answers, which the agent doesn't need. */
const ARP_SENT_MS = 100;
const DETECTION_POLL_MS = 100;

/**
 * @param makerUnit the systemd unit that creates the namespace, for an agent whose mounts other processes don't see;
 *   default: the agent creates the namespace itself
 */
export function createNamespaceNetwork(
  commands: CommandRunner,
  files: Files,
  logger: Logger,
  makerUnit?: string,
): NamespaceNetwork {
  const { outer, inner, batch, ask, run } = ipCommands(commands);
  const shown = sharedAnswers(inner);
  const exists = (): Promise<boolean> => files.exists(NAMESPACE_FILE);

  return {
    async ensure() {
      if (await exists()) {
        if (await setLoopbackUp(inner)) return;
        logger.warn({ file: NAMESPACE_FILE }, 'the file named no namespace: namespace created again');
        await outer('netns', 'delete', AMPHORA_NAMESPACE);
      }
      if (makerUnit === undefined) await outer('netns', 'add', AMPHORA_NAMESPACE);
      else await commands.run(['systemctl', 'start', makerUnit], { timeoutMs: UNIT_TIMEOUT_MS });
      await setLoopbackUp(inner);
    },
    links: async () => ((await exists()) ? parseLinks((await shown('-json', 'link', 'show')).stdout) : []),
    outerLinks: async () => parseLinks((await outer('-json', 'link', 'show')).stdout),
    async moveIn(outerName, name) {
      await outer('link', 'set', 'dev', outerName, 'netns', AMPHORA_NAMESPACE, 'name', name, 'up');
    },
    rescan: () => rescan(commands, files, logger),
    state: async (name) => parseInterfaceState(name, await ask(stateQuestions(name))),
    async interfaceOf(address) {
      if (!(await exists())) return undefined;
      return parseHolders((await shown('-json', 'address', 'show', 'to', address)).stdout)[0];
    },
    interfacesOf: async (addresses) =>
      addresses.length > 0 && (await exists())
        ? holdersOf(addresses, (await shown('-json', 'address', 'show')).stdout)
        : new Map(),
    async traffic(inhabitant) {
      const counted = inhabitant && (await files.readText(`/proc/${inhabitant}/net/dev`));
      if (counted) return parseNetDev(counted);
      return (await exists()) ? parseTraffic((await shown('-json', '-s', 'link', 'show')).stdout) : [];
    },
    applyBatch: async (lines, version) =>
      (await batch(['-force', ...(version === 6 ? ['-6'] : [])], lines)).output.trim(),
    async waitForAddresses(name, deadlineMs) {
      const end = performance.now() + deadlineMs;
      const detecting = ['-6', '-json', 'address', 'show', 'dev', name, 'tentative', '-dadfailed'];
      while (parseHolders((await inner(...detecting)).stdout).length > 0) {
        if (performance.now() > end) return false;
        await delay(DETECTION_POLL_MS);
      }
      return true;
    },
    async flushAddresses(name, which) {
      await inner('address', 'flush', 'dev', name, ...(which === 'dynamic' ? ['dynamic'] : []));
    },
    async solicitRouters(name) {
      await run(['ndptool', '-t', 'rs', '-i', name, 'send'], IP_TIMEOUT_MS);
    },
    advertise: (name, address) => advertise(run, logger, { name, address }),
    run,
  };
}

type RunInside = NamespaceNetwork['run'];
type RunIp = (...args: string[]) => Promise<CommandResult>;

interface IpCommands {
  /** runs `ip` in the agent's own namespace */
  readonly outer: RunIp;
  /** runs `ip` in the namespace amphora-haproxy */
  readonly inner: RunIp;
  readonly batch: (options: readonly string[], lines: readonly string[]) => Promise<CommandResult>;
  /** returns the answers to queries as JSON, one text per IP version */
  readonly ask: (questions: readonly string[]) => Promise<Record<IpVersion, string>>;
  readonly run: RunInside;
}

function ipCommands(commands: CommandRunner): IpCommands {
  const outer: RunIp = (...args) => commands.run(['ip', ...args], { timeoutMs: IP_TIMEOUT_MS });
  const batch: IpCommands['batch'] = (options, lines) =>
    commands.run(['ip', '-netns', AMPHORA_NAMESPACE, ...options, '-batch', '-'], {
      timeoutMs: IP_TIMEOUT_MS,
      input: lines.map((line) => `${line}\n`).join(''),
      okCodes: options.includes('-force') ? [0, 1] : [0],
    });
  return {
    outer,
    inner: (...args) => outer('-netns', AMPHORA_NAMESPACE, ...args),
    batch,
    async ask(questions) {
      const answer = (version: '-4' | '-6') => batch([version, '-N', '-d', '-json'], questions);
      const [ipv4, ipv6] = await Promise.all([answer('-4'), answer('-6')]);
      return { 4: ipv4.stdout, 6: ipv6.stdout };
    },
    run: (argv, timeoutMs) =>
      commands.run(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...argv], { timeoutMs }),
  };
}

/**
 * @returns false when the file of the namespace has no namespace behind it, for example after a kill during `ip netns add`
 */
async function setLoopbackUp(inner: RunIp): Promise<boolean> {
  try {
    await inner('link', 'set', 'dev', 'lo', 'up');
    return true;
  } catch (error) {
    if (error instanceof CommandFailed && /network namespace.*Invalid argument/.test(error.output))
      return false;
    throw error;
  }
}

async function rescan(commands: CommandRunner, files: Files, logger: Logger): Promise<void> {
  if (!(await files.exists(PCI_RESCAN))) return;
  try {
    await commands.run(['tee', PCI_RESCAN], { timeoutMs: RESCAN_TIMEOUT_MS, input: '1\n' });
  } catch (error) {
    logger.warn({ err: error }, 'PCI bus not scanned');
  }
}

async function advertise(
  run: RunInside,
  logger: Logger,
  target: { readonly name: string; readonly address: string },
): Promise<void> {
  const { name, address } = target;
  const argv: Argv =
    ipVersion(address) === 4
      ? ['arping', '-U', '-q', '-c', '1', '-I', name, '-s', address, address]
      : ['ndptool', '-t', 'na', '-U', '-i', name, '-T', address, 'send'];
  const sent = run(argv, ADVERTISE_TIMEOUT_MS).then(
    () => logger.debug(target, 'address advertised'),
    (error: unknown) => logger.warn({ ...target, err: error }, 'address not advertised'),
  );
  await Promise.race([sent, delay(ARP_SENT_MS)]);
}
