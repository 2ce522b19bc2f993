import { setTimeout as delay } from 'node:timers/promises';
import { boundTcpAddresses } from '../../../domain/haproxy/bind-lines.ts';
import type { HaproxyId, ListenerId } from '../../../domain/ids.ts';
import { virtualAddresses } from '../../../domain/keepalived/virtual-addresses.ts';
import {
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  lvsListenersAmong,
} from '../../../domain/paths.ts';
import { CommandFailed, SocketSilent } from '../../../errors.ts';
import { askLocalAgent } from '../../../host/local-agent.ts';
import type { ServiceState } from '../../../host/services/services.ts';
import { type AgentFacts, parseAgentFacts, type StateBefore } from '../../../schemas/upgrade-run.ts';
import { workerAnswers } from '../../haproxy/processes.ts';
import { loadBalancerIds, statsSocketFor } from '../../stored-configs.ts';
import { AGENT_SERVICE, type RunContext } from './run-context.ts';
import { acceptsKeepalived, brokenSubjects, refusedConfigurations } from './trial.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

/** The longest time until a haproxy or the agent answers: milliseconds. */
const ANSWER_MS = 5_000;
const OK = 200;
const LOOPBACK = 'lo';
/** The longest time until the agent has sent its first heartbeat. */
const FIRST_FACTS_MS = 30_000;
const LOOK_MS = 500;

/**
 * Observes the amphora before its upgrade.
 * @throws UpgradeFailed when the agent does not answer: its heartbeats could not be judged afterwards
 * @throws CommandFailed when systemd does not answer
 */
export async function observeAmphora(context: RunContext): Promise<StateBefore> {
  const { services } = context.host;
  const isActive = async (name: string): Promise<boolean> => (await services.state(name)).status === 'active';
  const facts = await firstFacts(context);
  const { serving, open, vips, lvs } = await observeServices(context);
  return {
    agent_runs: await isActive(AGENT_SERVICE),
    not_ready: facts.reasons.map(withoutNumbers),
    sends_heartbeats: facts.heartbeats.sent > 0,
    keepalived_runs: await isActive(KEEPALIVED_SERVICE),
    accepts_keepalived: await acceptsKeepalived(context),
    vips: vips.held,
    serving,
    lvs_running: lvs.running,
    refused: await refusedConfigurations(context),
    open,
    broken: await brokenSubjects(context),
  };
}

/** Waits until the agent answers and has sent a heartbeat, which one that has just started may not have. */
async function firstFacts(context: RunContext): Promise<AgentFacts> {
  const { controllers } = context.config();
  const began = performance.now();
  for (;;) {
    const facts = await askAgent(context);
    const isSettled = facts !== undefined && (facts.heartbeats.sent > 0 || controllers.length === 0);
    const isLate = performance.now() - began > FIRST_FACTS_MS;
    if (facts !== undefined && (isSettled || isLate)) return facts;
    if (isLate)
      throw new UpgradeFailed(
        'the agent does not answer, so its heartbeats could not be compared: start the agent, then send the bundle again',
      );
    await delay(LOOK_MS);
  }
}

/** Ages and sizes in a reason change from one look to the next. */
export const withoutNumbers = (reason: string): string => reason.replaceAll(/\d+/g, '#');

/** Gets the facts about readiness and heartbeats from the agent; undefined when none answers. */
export async function askAgent({ paths }: RunContext): Promise<AgentFacts | undefined> {
  try {
    const wanted = { method: 'GET', target: '/status.json' };
    const { status, body } = await askLocalAgent(paths.local.socket, wanted, ANSWER_MS);
    return status === OK ? parseAgentFacts(body) : undefined;
  } catch (error) {
    if (error instanceof SocketSilent) return undefined;
    throw error;
  }
}

/** What the services do at one moment. Controllers may change load balancers during an upgrade. */
export interface ServicesNow {
  /** load balancers that should serve: they have a configuration, and their haproxy was not stopped */
  readonly due: readonly HaproxyId[];
  /** those of `due` whose haproxy runs and answers */
  readonly serving: HaproxyId[];
  /** addresses in the stored configurations of `due`: `LOAD_BALANCER ADDRESS PORT` */
  readonly bound: readonly string[];
  /** those of `bound` that accept a connection */
  readonly open: string[];
  /** the service of the VIP. `inactive`: it was stopped */
  readonly keepalived: ServiceState['status'];
  readonly vips: VipsNow;
  readonly lvs: LvsNow;
}

/** The keepaliveds of UDP and SCTP listeners. */
export interface LvsNow {
  /** listeners whose keepalived should run: they have a configuration, and it was not stopped */
  readonly due: readonly ListenerId[];
  readonly running: ListenerId[];
}

/** The addresses that keepalived adds and removes. */
export interface VipsNow {
  /** those in the stored configuration */
  readonly configured: readonly string[];
  /** those that an interface of this amphora has */
  readonly held: string[];
}

/** Observes the services of the load balancers and of the VIP. @throws CommandFailed when systemd does not answer */
export async function observeServices(context: RunContext): Promise<ServicesNow> {
  const { services } = context.host;
  const due: HaproxyId[] = [];
  const serving: HaproxyId[] = [];
  for (const id of await loadBalancerIds(context)) {
    const { status } = await services.state(haproxyService(id));
    // a unit that ends by itself is started again, so an inactive one was stopped
    if (status === 'inactive') continue;
    due.push(id);
    if (status !== 'active') continue;
    if (await workerAnswers(context, await statsSocketFor(context, id), ANSWER_MS)) serving.push(id);
  }
  const bound = await boundAddresses(context, due);
  return {
    ...{ due, serving, bound: bound.map(({ name }) => name) },
    open: await openAddresses(context, bound),
    keepalived: (await services.state(KEEPALIVED_SERVICE)).status,
    vips: await observeVips(context),
    lvs: await observeLvs(context),
  };
}

async function observeLvs({ paths, host }: RunContext): Promise<LvsNow> {
  const due: ListenerId[] = [];
  const running: ListenerId[] = [];
  for (const id of lvsListenersAmong(await host.files.list(paths.lvsDirectory))) {
    const { status } = await host.services.state(keepalivedLvsService(id));
    if (status !== 'inactive') due.push(id);
    if (status === 'active') running.push(id);
  }
  return { due, running };
}

/** Observes who has the VIPs. The loopback interface does not count: it has them while keepalived restarts as master. */
export async function observeVips({ paths, host }: RunContext): Promise<VipsNow> {
  const configured = virtualAddresses((await host.files.readText(paths.vrrp.config)) ?? '');
  const interfaces = await host.network.interfacesOf(configured);
  const held = configured.filter((address) => ![undefined, LOOPBACK].includes(interfaces.get(address)));
  return { configured, held };
}

interface NamedAddress {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

async function boundAddresses(
  { paths, host }: RunContext,
  ids: readonly HaproxyId[],
): Promise<NamedAddress[]> {
  const bound: NamedAddress[] = [];
  for (const id of ids) {
    const text = (await host.files.read(paths.loadBalancer(id).config))?.toString('latin1') ?? '';
    for (const { address, port } of boundTcpAddresses(text))
      bound.push({ name: `${id} ${address} ${port}`, address, port });
  }
  return bound;
}

async function openAddresses(
  { host, logger }: RunContext,
  bound: readonly NamedAddress[],
): Promise<string[]> {
  if (bound.length === 0) return [];
  try {
    return (await host.connectTrial.addressesThatAccept(bound)).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    logger.warn({ err: error }, 'cannot test the connections to the load balancers');
    return [];
  }
}
