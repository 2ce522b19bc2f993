import type { HaproxyId } from '../../domain/ids.ts';
import { type Drain, drainOf, withDrain } from '../../domain/run-time/drain-record.ts';
import { drainStep } from '../../domain/run-time/drain-step.ts';
import type { MemberServer } from '../../domain/run-time/member-servers.ts';
import { setServer } from '../../domain/run-time/worker-commands.ts';
import { NotFound, NotRunning } from '../../errors.ts';
import { readDrainRecord, writeDrainRecord } from './drain-record.ts';
import { type DrainContext, shutdownCommands, watchDrains } from './drain-watch.ts';
import { changeWorker, oldestSession, openSessions, serversOf } from './drained-member.ts';
import { askWorkerState, type WorkerState } from './worker.ts';

/** One member of a load balancer. */
export interface NamedMember {
  readonly id: HaproxyId;
  /** the member's id: the name of its servers in haproxy */
  readonly member: string;
}

/** The settings of a drain. */
export interface DrainSettings {
  readonly timeoutSeconds: number;
  /** whether the sessions that are left at the deadline are closed */
  readonly cut: boolean;
}

/** A member, its sessions and its drain. */
export interface MemberReport {
  /** `enabled` and `disabled` without a drain */
  readonly state: 'enabled' | 'disabled' | 'draining' | 'drained';
  /** open sessions in the current worker */
  readonly sessions: number;
  /** age of the oldest one; undefined without a session, or when it is unknown */
  readonly oldestSeconds: number | undefined;
  readonly drain: Drain | undefined;
  readonly warnings: readonly string[];
}

/** A member as the running worker has it. */
interface SeenMember extends NamedMember {
  readonly worker: WorkerState;
  readonly servers: readonly MemberServer[];
  /** undefined without a drain, and after something else has changed the state of the member */
  readonly drain: Drain | undefined;
}

/**
 * Begins the drain of a member, or changes the deadline of its drain. The member gets no new clients; open sessions go on.
 * The drain ends when no session is left, or at the deadline.
 * @throws NotFound, NotRunning, CommandRefused, SocketSilent
 */
export function startDrain(
  context: DrainContext,
  named: NamedMember,
  { timeoutSeconds, cut }: DrainSettings,
): Promise<MemberReport> {
  const { id, member } = named;
  return context.queue.run(id, async () => {
    const seen = await seeMember(context, named);
    if (seen.drain?.isDrained) return cutDrained(context, seen, seen.drain, cut);
    const inService = seen.servers.filter(
      ({ backend, state }) => state !== 'maintenance' || seen.drain?.backends.includes(backend),
    );
    if (inService.length === 0)
      return report(context, seen, ['the member is in maintenance already: nothing was changed']);
    const drain: Drain = {
      member,
      backends: inService.map(({ backend }) => backend),
      deadline: Date.now() + timeoutSeconds * 1_000,
      cut,
      isDrained: false,
    };
    await remember(context, seen, drain);
    // begun before the commands: after a failure of one, the watch takes back what the others did
    void watchDrains(context, id);
    const ready = inService.filter(({ state }) => state === 'ready');
    await changeWorker(context, id, ready.map(setState('drain')));
    context.logger.info({ loadBalancer: id, member, timeoutSeconds, cut }, 'drain of a member started');
    return report(context, { ...seen, drain }, lonely(inService));
  });
}

/** @throws NotFound, NotRunning, CommandRefused, SocketSilent */
export async function readDrain(context: DrainContext, named: NamedMember): Promise<MemberReport> {
  return report(context, await seeMember(context, named), []);
}

/**
 * Ends the drain of a member and brings it back. A member that the configuration disables stays out.
 * @throws NotFound, NotRunning, CommandRefused, SocketSilent
 */
export function cancelDrain(context: DrainContext, named: NamedMember): Promise<MemberReport> {
  const { id, member } = named;
  return context.queue.run(id, async () => {
    const seen = await seeMember(context, named);
    const { drain, servers } = seen;
    const out = servers.filter(
      ({ backend, state }) =>
        state === 'drain' || (state === 'maintenance' && drain?.backends.includes(backend)),
    );
    await changeWorker(context, id, out.map(setState('ready')));
    await remember(context, seen, undefined);
    if (out.length > 0) context.logger.info({ loadBalancer: id, member }, 'drained member brought back');
    return report(context, await seeMember(context, named), []);
  });
}

const setState =
  (state: 'drain' | 'ready') =>
  (server: MemberServer): string =>
    setServer(server, `state ${state}`);

/** The deadline of a drained member has passed. A request that cuts closes at once what is left. */
async function cutDrained(
  context: DrainContext,
  seen: SeenMember,
  drained: Drain,
  cut: boolean,
): Promise<MemberReport> {
  if (!cut) return report(context, seen, []);
  const drain = { ...drained, cut };
  await changeWorker(context, seen.id, shutdownCommands(drain));
  await remember(context, seen, drain);
  return report(context, { ...seen, drain }, []);
}

async function seeMember(context: DrainContext, { id, member }: NamedMember): Promise<SeenMember> {
  const { paths, host } = context;
  if (!(await host.files.exists(paths.loadBalancer(id).config))) throw new NotFound('load-balancer', id);
  const worker = await askWorkerState(context, id);
  if (worker === undefined) throw new NotRunning(id);
  const servers = await serversOf(context, id, worker, member);
  if (servers.length === 0) throw new NotFound('member', member);
  const known = drainOf(await readDrainRecord(context, id), worker.pid, member);
  const isInForce = known !== undefined && drainStep(known, servers, undefined, Date.now()) !== 'forget';
  return { id, member, worker, servers, drain: isInForce ? known : undefined };
}

async function remember(
  context: DrainContext,
  { id, member, worker }: SeenMember,
  drain: Drain | undefined,
): Promise<void> {
  const record = await readDrainRecord(context, id);
  await writeDrainRecord(context, id, withDrain(record, worker.pid, member, drain));
}

async function report(
  context: DrainContext,
  { id, servers, drain }: SeenMember,
  warnings: readonly string[],
): Promise<MemberReport> {
  const sessions = await openSessions(context, id, servers);
  const oldestSeconds = sessions === 0 ? undefined : await oldestSession(context, id, servers);
  return { state: stateOf(servers, drain), sessions, oldestSeconds, drain, warnings };
}

function stateOf(servers: readonly MemberServer[], drain: Drain | undefined): MemberReport['state'] {
  if (drain !== undefined) return drain.isDrained ? 'drained' : 'draining';
  return servers.every(({ state }) => state === 'maintenance') ? 'disabled' : 'enabled';
}

/** Returns a warning for each backend in which no other member gets new connections. */
const lonely = (servers: readonly MemberServer[]): string[] =>
  servers
    .filter(({ hasOthers }) => !hasOthers)
    .map(
      ({ backend }) =>
        `no other member of pool ${backend} serves: new connections fail until one does, or until DELETE brings this one back`,
    );
